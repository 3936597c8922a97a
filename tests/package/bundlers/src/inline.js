import { createSession } from "otrs-auth/inline";
import { show } from "./show.js";

show(createSession);
