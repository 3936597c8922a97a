(function () {
    document.addEventListener("DOMContentLoaded", function () {
        var Dataset = document.body.dataset, Request = new XMLHttpRequest();

        Request.open("GET", "/options.json");
        Request.onload = function () {
            OtrsAuth.createSession(JSON.parse(Request.responseText)).then(function (Session) {
                function Show() { Dataset.status = Session.status.name; }
                window.otrsAuthDemo = { session: Session };
                Session.addEventListener("change", Show);
                Show();
            }, function (Problem) {
                Dataset.status = "failed";
                Dataset.code = Problem.code;
                Dataset.remedy = Problem.remedy || "";
                Dataset.subject = Problem.subject;
            });
        };
        Request.send();
    });
})();
