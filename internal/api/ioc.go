package api

import "time"

// IOC is an indicator of compromise of one source.
type IOC struct {
	ID       string    `json:"id,omitempty" doc:"the same for all sources of the value; the rule id of its findings" readOnly:"true"`
	Type     string    `json:"type,omitempty" maxLength:"32" doc:"md5, sha1, sha256, imphash, tlsh, ip, cidr, domain, hostname, url, filename or regex; guessed from the value when absent"`
	Value    string    `json:"value" minLength:"1" maxLength:"2048"`
	Source   string    `json:"source,omitempty" maxLength:"512"`
	Level    string    `json:"level,omitempty" maxLength:"16" doc:"informational, low, medium, high (when absent) or critical"`
	Tags     []string  `json:"tags,omitempty" maxItems:"32"`
	Note     string    `json:"note,omitempty" maxLength:"4096"`
	Ref      string    `json:"ref,omitempty" maxLength:"512" doc:"its id in the source"`
	Distance int       `json:"distance,omitempty" minimum:"0" maximum:"200" doc:"of TLSH: how far a digest may be"`
	Expires  time.Time `json:"expires,omitzero" doc:"when it ends to be bad; never when absent"`
	At       time.Time `json:"at,omitzero" doc:"when it was added" readOnly:"true"`
	By       string    `json:"by,omitempty" readOnly:"true"`
	Expired  bool      `json:"expired,omitempty" readOnly:"true"`
	Alerts   int64     `json:"alerts,omitempty" doc:"alerts of the value" readOnly:"true"`
	Findings int64     `json:"findings,omitempty" doc:"findings of the value" readOnly:"true"`
}

// IOCChange adds indicators and replaces those of the same value and source; a
// wrong one refuses it as a whole.
type IOCChange struct {
	Add     []IOC  `json:"add" minItems:"1" maxItems:"20000"`
	Comment string `json:"comment,omitempty" maxLength:"1024"`
}

// IOCChanged says what a change did.
type IOCChanged struct {
	Version   int64 `json:"version" doc:"in force; agents get it within seconds"`
	Added     int64 `json:"added"`
	Replaced  int64 `json:"replaced"`
	Unchanged int64 `json:"unchanged"`
	Removed   int64 `json:"removed"`
	Total     int64 `json:"total" doc:"in force"`
}

// IOCQuery picks indicators; all that is given must be true of them.
type IOCQuery struct {
	Page
	Type    string `query:"type" maxLength:"32"`
	Source  string `query:"source" maxLength:"512"`
	Search  string `query:"search" maxLength:"512" doc:"a part of the value, the note or the tags"`
	Value   string `query:"value" maxLength:"2048" doc:"the whole value, or its id"`
	Expired bool   `query:"expired" doc:"only those that have expired"`
}

// IOCList answers a request for indicators.
type IOCList struct {
	IOCs    []IOC       `json:"iocs"`
	Next    string      `json:"next,omitempty"`
	Matched int64       `json:"matched" doc:"that the request picks"`
	Total   int64       `json:"total" doc:"in force"`
	Version int64       `json:"version"`
	Sources []IOCSource `json:"sources" doc:"on the first page: how many each source has"`
}

// IOCSource is a source and how many indicators of a type it has.
type IOCSource struct {
	Source string `json:"source"`
	Type   string `json:"type"`
	Count  int64  `json:"count"`
}

// IOCRemoval picks indicators to remove; all that is given must be true of them.
type IOCRemoval struct {
	Values  []string `json:"values,omitempty" maxItems:"20000" doc:"values or ids"`
	Type    string   `json:"type,omitempty" maxLength:"32"`
	Source  string   `json:"source,omitempty" maxLength:"512"`
	Search  string   `json:"search,omitempty" maxLength:"512" doc:"a part of the value"`
	Expired bool     `json:"expired,omitempty"`
	Comment string   `json:"comment,omitempty" maxLength:"1024"`
}

// IOCVersion is a change of the indicators.
type IOCVersion struct {
	Version  int64     `json:"version"`
	At       time.Time `json:"at"`
	By       string    `json:"by"`
	Comment  string    `json:"comment,omitempty"`
	Added    int64     `json:"added"`
	Replaced int64     `json:"replaced"`
	Removed  int64     `json:"removed"`
	Total    int64     `json:"total"`
}

// IOCVersions answers a request for the history of the indicators, newest first.
type IOCVersions struct {
	Versions []IOCVersion `json:"versions"`
}

// IOCTest asks which indicators values have.
type IOCTest struct {
	Values []string `json:"values" minItems:"1" maxItems:"1000"`
}

// IOCTested says which indicators values have.
type IOCTested struct {
	Hits []IOCHit `json:"hits"`
}

// IOCHit is an indicator that a value has.
type IOCHit struct {
	Value     string `json:"value"`
	ID        string `json:"id"`
	Type      string `json:"type"`
	Indicator string `json:"indicator"`
	Level     string `json:"level"`
	Source    string `json:"source,omitempty"`
	Name      string `json:"name"`
}
