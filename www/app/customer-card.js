import { el, foreign } from "./el.js";

const LABELS = {
  customerid: "Customer number",
  title: "Title",
  phone: "Phone",
  fax: "Fax",
  mobile: "Mobile",
  street: "Street",
  zip: "Postcode",
  city: "City",
  country: "Country",
};

/** What the service desk knows about the customer; fields that Keycloak does not give are left out. */
export function customerCard(customer, { heading = "h2" } = {}) {
  const known = Object.entries(LABELS).filter(([field]) => customer?.[field]);
  return el(
    "section",
    { class: "card customer-card", "data-test": "customer" },
    el(heading, {}, "Your data"),
    el("dl", { class: "details" }, known.map(([field, label]) =>
      el("div", {}, el("dt", {}, label), el("dd", {}, foreign(customer[field], { "data-test": `customer-${field}` }))))),
  );
}
