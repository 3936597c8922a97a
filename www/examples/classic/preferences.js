Core.Start(function (Session) {
    "use strict";

    var Roles = Core.Make("ul", "", { "class": "chips" });
    Session.roles.forEach(function (Role) {
        Roles.appendChild(Core.Make("li", Role, { "class": "chip", dir: "auto", "data-test": "role" }));
    });
    Core.Show([
        Core.Make("p", "Login: " + Session.user.login, { dir: "auto" }),
        Roles,
        Core.Make("a", "Account pages", { href: Session.accountUrl() })
    ]);
});
