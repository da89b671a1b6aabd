package rest

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

const markdownHead = `# The REST interface

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

// Markdown returns the list of routes as a page for people.
func Markdown() string {
	type line struct{ path, method, text string }
	var lines []line
	for path, item := range New(Options{}).api.OpenAPI().Paths {
		for method, op := range map[string]*huma.Operation{"GET": item.Get, "POST": item.Post, "PUT": item.Put, "PATCH": item.Patch, "DELETE": item.Delete} {
			if op == nil {
				continue
			}
			role, _ := op.Extensions["x-role"].(string)
			if role == "" {
				role = "anybody"
			}
			lines = append(lines, line{path, method, fmt.Sprintf("| %s | `%s` | %s | %s |\n", method, path, role, op.Summary)})
		}
	}
	slices.SortFunc(lines, func(a, b line) int {
		return cmp.Or(strings.Compare(a.path, b.path), strings.Compare(a.method, b.method))
	})
	var b strings.Builder
	b.WriteString(markdownHead)
	for _, l := range lines {
		b.WriteString(l.text)
	}
	return b.String()
}
