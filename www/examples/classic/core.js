// What all pages of this front end have in common. Written as OTOBO's and Znuny's own files are: one global, no modules,
// nothing newer than a page with classic scripts may have beside it.
(function (Core) {
    "use strict";

    var HOME = "/examples/classic/";

    function Element(ID) {
        return document.getElementById(ID);
    }

    function Make(Tag, Text, Attributes) {
        var Node = document.createElement(Tag), Name;
        Node.textContent = Text;
        for (Name in Attributes) {
            Node.setAttribute(Name, Attributes[Name]);
        }
        return Node;
    }

    function Show(Nodes) {
        var Content = Element("Content");
        Content.textContent = "";
        Nodes.forEach(function (Node) { Content.appendChild(Node); });
    }

    function Button(Text, Test, Work) {
        var Node = Make("button", Text, { type: "button", "class": "button button-primary", "data-test": Test });
        Node.addEventListener("click", Work);
        return Node;
    }

    function Failed(Problem) {
        document.body.dataset.status = "failed";
        Show([
            Make("p", Problem.message, { role: "alert", dir: "auto" }),
            Make("p", Problem.remedy || "", { "class": "quiet", dir: "auto", "data-test": "remedy" }),
            Make("p", Problem.code || "", { "class": "quiet", "data-test": "code" })
        ]);
    }

    // What there is for somebody who may not see the page.
    function Refuse(Session) {
        var Status = Session.status;
        function Login() { Session.login().catch(Failed); }
        function Switch() { Session.logout({ switchUser: true }).catch(Failed); }
        if (Status.name === "no_access") {
            Show([Make("p", Status.problem.message, { dir: "auto" }), Button("Switch user", "switch-user", Switch)]);
        } else if (Status.name === "signing_in") {
            Show([Make("p", "Signing you in …", {})]);
        } else {
            Show([Make("p", "Nobody is signed in.", { "data-test": Status.name }), Button("Log in", "login", Login)]);
        }
    }

    function Follow(Session, Page) {
        var Shown = "";
        function Update() {
            var Status = Session.status, User = Session.user;
            document.body.dataset.status = Status.name;
            Element("Person").hidden = !User;
            Element("Who").textContent = User ? User.name || User.login : "";
            Element("Notice").textContent = Session.connected ? "" : "Keycloak cannot be reached; you can go on working.";
            // Only when it is about something else: a new token must not take away what somebody types.
            if (Shown === Status.name + (User ? User.id : "")) {
                return;
            }
            Shown = Status.name + (User ? User.id : "");
            if (Status.name === "signed_in") {
                Page(Session);
            } else {
                Refuse(Session);
            }
        }
        Session.addEventListener("change", Update);
        Element("Logout").addEventListener("click", function () { Session.logout().catch(Failed); });
        Update();
    }

    // Every page calls this once: Page builds what it shows.
    Core.Start = function (Page) {
        var SignedOut = location.search === "?Action=Logout";
        document.addEventListener("DOMContentLoaded", function () {
            var Request = new XMLHttpRequest();
            Request.open("GET", "/config.json");
            Request.onload = function () {
                OtrsAuth.createSession({
                    "interface": "agent",
                    authority: JSON.parse(Request.responseText).authority,
                    redirectUri: location.origin + HOME,
                    postLogoutRedirectUri: location.origin + HOME + "?Action=Logout",
                    onLoad: SignedOut ? "none" : "login"
                }).then(function (Session) {
                    // For the tests of this demo.
                    window.otrsAuthDemo = { session: Session };
                    Follow(Session, Page);
                }).catch(Failed);
            };
            Request.send();
        });
    };

    Core.Show = Show;
    Core.Make = Make;

    // Asks the service desk; what goes wrong is shown in place of the page.
    Core.Ask = function (Session, Path, Work) {
        Session.fetch(Path).then(function (Answer) {
            if (!Answer.ok) {
                throw new Error("The service desk answered with status " + Answer.status + ".");
            }
            return Answer.json();
        }).then(Work).catch(Failed);
    };
})(window.Core = window.Core || {});
