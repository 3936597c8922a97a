Core.Start(function (Session) {
    "use strict";

    var ID = /[?;&]TicketID=(\d+)/.exec(location.search);
    Core.Ask(Session, "/api/agent/ticket/" + (ID ? ID[1] : ""), function (Answer) {
        document.getElementById("Title").textContent = Answer.ticket.title;
        Core.Show([
            Core.Make("p", Answer.ticket.state + " · " + Answer.ticket.queue, { "class": "card quiet", "data-test": "facts" }),
            Core.Make("a", "All tickets", { href: "./" })
        ]);
    });
});
