package api

import "time"

// AuditEntry is something that a person, a program or an agent did.
type AuditEntry struct {
	ID      int64     `json:"id"`
	At      time.Time `json:"at"`
	Actor   string    `json:"actor" doc:"user, or agent:ID, or manager"`
	Via     string    `json:"via,omitempty" doc:"session, key:ID, command"`
	Address string    `json:"address,omitempty"`
	Action  string    `json:"action" doc:"noun.verb, for example user.create"`
	Target  string    `json:"target,omitempty"`
	Outcome string    `json:"outcome" enum:"success,failure"`
	Detail  string    `json:"detail,omitempty"`
	Hash    string    `json:"hash" doc:"SHA-256 over this entry and the hash before it"`
}

// AuditQuery selects entries of the audit log. Without a range all are meant.
type AuditQuery struct {
	Range
	Page
	Actor  string `query:"actor" maxLength:"128"`
	Action string `query:"action" maxLength:"64" doc:"user.create, or user. for all of users"`
	Target string `query:"target" maxLength:"256"`
}

// AuditList answers AuditQuery, newest first.
type AuditList struct {
	Entries []AuditEntry `json:"entries"`
	Next    string       `json:"next,omitempty"`
}

// AuditCheck says whether the chain of the audit log is unbroken.
type AuditCheck struct {
	Entries int64  `json:"entries"`
	Whole   bool   `json:"whole"`
	Broken  int64  `json:"broken,omitempty" doc:"id of the first entry that does not fit"`
	Head    string `json:"head" doc:"hash of the newest entry"`
}
