// As OTOBO's own files are: joined with the next one by nothing but a line end, and this one forgot its semicolon.
var Core = Core || {}

Core.Before = (function () { return { Ready: true } })()
