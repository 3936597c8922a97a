Core.Start(function (Session) {
    "use strict";

    Core.Ask(Session, "/api/agent/tickets", function (Answer) {
        var List = Core.Make("ul", "", { "class": "stack" });
        Answer.tickets.forEach(function (Ticket) {
            var Item = Core.Make("li", "", { "class": "card" });
            var Link = Core.Make("a", Ticket.title, { href: "ticket.html?TicketID=" + Ticket.id, dir: "auto", "data-test": "ticket" });
            Item.appendChild(Link);
            Item.appendChild(Core.Make("p", Ticket.state, { "class": "quiet" }));
            List.appendChild(Item);
        });
        Core.Show([List]);
    });
});
