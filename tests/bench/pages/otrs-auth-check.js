import "./otrs-auth.js";
