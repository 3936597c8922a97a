import { createSession } from "otrs-auth";
import { show } from "./show.js";

show(createSession);
