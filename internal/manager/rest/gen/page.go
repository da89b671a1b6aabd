package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

const pageHead = `# The REST interface

Made from the code by ` + "`make generate`" + `; do not edit. The whole description with all types is
` + "`/api/v1/openapi.json`" + ` (OpenAPI 3.1) on every manager, shown offline at ` + "`/api/v1/docs`" + `.

- Log in with ` + "`POST /api/v1/session`" + ` (sets a cookie), or send an API key as ` + "`Authorization: Bearer KEY`" + `.
- Roles: viewer < analyst < admin; each may do what the ones before it may.
- Times are RFC 3339 with a zone. A range is ` + "`from`..`to`" + `, or ` + "`last`" + ` back from ` + "`to`" + ` (default 1h), or ` + "`delta`" + ` around ` + "`pivot`" + `
  (default 10m); both ends are included.
- Lists have ` + "`limit`" + ` (default 1000, at most 10000) and ` + "`cursor`" + `: pass the answer's ` + "`next`" + ` until it is absent. Pages do not
  overlap and skip nothing, also while new rows come in.
- Errors are problems (RFC 9457): ` + "`errors[].location`" + ` names the wrong field, for example ` + "`query.from`" + ` or ` + "`body.role`" + `.

| method | path | role | what |
|---|---|---|---|
`

// operation is what the page says of one route.
type operation struct {
	Summary string `json:"summary"`
	Role    string `json:"x-role"`
}

// page returns the list of routes of an OpenAPI description as a page for people.
func page(description []byte) (string, error) {
	var d struct {
		Paths map[string]map[string]operation `json:"paths"`
	}
	if err := json.Unmarshal(description, &d); err != nil {
		return "", fmt.Errorf("read the description: %w", err)
	}
	type line struct{ path, method, text string }
	var lines []line
	for path, methods := range d.Paths {
		for method, op := range methods {
			method = strings.ToUpper(method)
			lines = append(lines, line{path, method, fmt.Sprintf("| %s | `%s` | %s | %s |\n", method, path, cmp.Or(op.Role, "anybody"), op.Summary)})
		}
	}
	slices.SortFunc(lines, func(a, b line) int {
		return cmp.Or(strings.Compare(a.path, b.path), strings.Compare(a.method, b.method))
	})
	var b strings.Builder
	b.WriteString(pageHead)
	for _, l := range lines {
		b.WriteString(l.text)
	}
	return b.String(), nil
}
