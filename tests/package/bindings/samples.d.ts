// What samples of the documents take as given.
declare module "*.vue" {
  const component: import("vue").Component;
  export default component;
}
declare module "*/router" {
  export const router: import("vue-router").Router;
}
declare function render(session: import("otrs-auth").Session): void;
declare const Core: { App: { Ready(work: () => void): void } };
