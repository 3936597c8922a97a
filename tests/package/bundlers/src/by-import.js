// For bundlers that do not know `new URL(…, import.meta.url)`: the address of the WebAssembly by its export.
import { createSession } from "otrs-auth";
import wasmUrl from "otrs-auth/otrs_auth_full_bg.wasm";
import { show } from "./show.js";

show((options) => createSession(Object.assign({ wasmUrl: wasmUrl }, options)));
