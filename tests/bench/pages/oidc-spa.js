import { oidcEarlyInit } from "oidc-spa/entrypoint";

const { shouldLoadApp } = oidcEarlyInit({ BASE_URL: "/oidc-spa/" });
if (shouldLoadApp) import("./oidc-spa-app.js");
