// Bundlers without support for `new URL(…, import.meta.url)` import the wasm's address by its export.
import { createSession } from "otrs-auth";
import wasmUrl from "otrs-auth/otrs_auth_bg.wasm";
import fullWasmUrl from "otrs-auth/otrs_auth_full_bg.wasm";

export const session = createSession({ authority: "https://iam.example.com", wasmUrl: isSecureContext ? wasmUrl : fullWasmUrl });
