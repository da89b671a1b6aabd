// Command gen writes what is made from the routes of the REST interface: the
// OpenAPI description web/openapi.json, from which the console's TypeScript is
// made, and docs/api.md. Its argument is the root of the repository.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/vedette-edr/vedette/internal/manager/rest"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: gen ROOT")
		os.Exit(2)
	}
	if err := write(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

func write(root string) error {
	// the version stays out: the file changes only when a route or a type does
	text, err := rest.New(rest.Options{Version: "1"}).Description()
	if err != nil {
		return err
	}
	page, err := page(text)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(root, "web", "openapi.json"), text, 0o644); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(root, "docs", "api.md"), []byte(page), 0o644)
}
