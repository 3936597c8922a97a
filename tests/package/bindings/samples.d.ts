// What samples of the documents take as given.
declare module "*.vue" {
  const component: import("vue").Component;
  export default component;
}
declare module "*/router" {
  export const router: import("vue-router").Router;
}
declare function render(session: import("otrs-auth").Session): void;
/** OTOBO's and Znuny's, as far as samples call it. */
declare const Core: { App: { Ready(work: () => void): void; Publish(subject: string, ...data: unknown[]): void } };
