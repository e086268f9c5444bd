"""The intake router: the mail and form entrance of a government.

The life of a letter: a door (`smtp`, `web`) seals it with a public key and commits it (`door`, `store`), then thanks.
Its id, and nothing else, goes through the queue (`queue`). A worker opens it for one purpose (`purpose`, `vault`),
reads it (`letter`, `mime`), tags its personal information (`pii`), decides which agency can answer (`routing`),
restricts what that agency sees (`handling`, `redact`), writes a fresh message under an alias (`alias`, `compose`)
and puts it into the outbox, all in one transaction. The courier checks the finished bytes (`egress`) and delivers
them (`courier`). The agency's answer comes back to the alias and goes to the citizen the same way. Every step is an
event in a hash chain (`audit`).
"""
