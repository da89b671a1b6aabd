package internal

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/vedette-edr/vedette/"

// rule says which packages of the project the packages below a folder may
// import; the most exact folder counts. A folder ending in "/" stands for all
// below it. Test files are free, except that agent and manager never meet.
type rule struct {
	folder string
	may    []string
}

func rules() []rule {
	return []rule{
		{"internal/event", nil},
		{"internal/event/gen", []string{"internal/event"}},
		{"internal/event/eventtest", []string{"internal/event"}},
		{"internal/record", []string{"internal/event", "internal/record", "internal/record/"}},
		{"internal/tlsh", nil},
		{"internal/schema", nil},
		{"internal/wire", []string{"internal/event", "internal/schema", "internal/wire/"}},
		{"internal/detect", []string{"internal/event", "internal/tlsh", "internal/record/", "internal/record", "internal/detect", "internal/detect/"}},
		{"internal/api", []string{"internal/event", "internal/api/"}},
		{"internal/agent/procfs", []string{"internal/event"}},
		{"internal/agent/program", nil},
		{"internal/agent/sensor", []string{"internal/event", "internal/agent/program", "internal/record", "internal/record/", "internal/agent/procfs", "internal/agent/sensor", "internal/agent/sensor/"}},
		{"internal/agent/enrich", []string{"internal/event", "internal/tlsh", "internal/detect/expr", "internal/agent/procfs"}},
		{"internal/agent/respond", []string{"internal/event", "internal/detect/expr", "internal/agent/procfs"}},
		{"internal/agent/guard", []string{"internal/event", "internal/detect/expr"}},
		{"internal/agent/health", []string{"internal/event"}},
		{"internal/agent/queue", []string{"internal/event"}},
		{"internal/agent/aggregate", []string{"internal/event"}},
		{"internal/agent/notify", []string{"internal/event"}},
		{"internal/agent/selftest", []string{"internal/event", "internal/tlsh", "internal/record/", "internal/agent/selftest/"}},
		{"internal/agent/control", []string{"internal/event"}},
		{"internal/agent/spool", nil},
		{"internal/agent/spool/spooltest", []string{"internal/agent/spool"}},
		{"internal/agent/ship", []string{"internal/event", "internal/agent/spool", "internal/wire", "internal/wire/"}},
		{"internal/agent", []string{"internal/event", "internal/record/", "internal/wire", "internal/wire/", "internal/detect", "internal/detect/", "internal/agent/", "internal/agent", "internal/schema", "rules"}},
		{"internal/manager", []string{"internal/event", "internal/record/", "internal/wire", "internal/wire/", "internal/detect", "internal/detect/", "internal/api", "internal/manager", "internal/manager/", "internal/schema", "rules"}},
		{"internal/console", []string{"internal/console/"}},
		{"internal/tui", []string{"internal/api", "internal/event"}},
		{"rules", nil},
		{"cmd/vedette-agent", []string{"internal/event", "internal/wire", "internal/detect", "internal/detect/", "internal/record/", "internal/agent", "internal/agent/", "rules"}},
		{"cmd/vedette", []string{"internal/", "rules"}},
		{"test", []string{"internal/", "rules", "test/"}},
		{"bench", []string{"internal/", "rules", "test/"}},
	}
}

type source struct {
	dir  string // below the root of the repository
	name string
	test bool
	file *ast.File
}

func sources(t *testing.T) ([]source, *token.FileSet) {
	t.Helper()
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	fset := token.NewFileSet()
	var out []source
	for _, top := range []string{"cmd", "internal", "rules", "test", "bench"} {
		err := filepath.WalkDir(filepath.Join(root, top), func(p string, d fs.DirEntry, err error) error {
			if os.IsNotExist(err) {
				return nil
			}
			if err != nil {
				return err
			}
			if d.IsDir() && (d.Name() == "testdata" || d.Name() == "node_modules") {
				return filepath.SkipDir
			}
			if d.IsDir() || !strings.HasSuffix(p, ".go") {
				return nil
			}
			f, err := parser.ParseFile(fset, p, nil, parser.ParseComments)
			if err != nil {
				return err
			}
			rel, err := filepath.Rel(root, filepath.Dir(p))
			if err != nil {
				return err
			}
			out = append(out, source{filepath.ToSlash(rel), d.Name(), strings.HasSuffix(p, "_test.go"), f})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(out) < 10 {
		t.Fatalf("found %d files: the test looks in the wrong place", len(out))
	}
	return out, fset
}

func ruleFor(dir string) (rule, bool) {
	best, found := rule{}, false
	for _, r := range rules() {
		if (dir == r.folder || strings.HasPrefix(dir, r.folder+"/")) && len(r.folder) > len(best.folder) {
			best, found = r, true
		}
	}
	return best, found
}

func allowed(r rule, imported string) bool {
	for _, m := range r.may {
		if imported == strings.TrimSuffix(m, "/") && !strings.HasSuffix(m, "/") || strings.HasSuffix(m, "/") && strings.HasPrefix(imported, m) {
			return true
		}
	}
	return false
}

func TestImports(t *testing.T) {
	files, fset := sources(t)
	for _, s := range files {
		for _, imp := range s.file.Imports {
			p, err := strconv.Unquote(imp.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			at := fset.Position(imp.Pos())
			if imp.Name != nil && imp.Name.Name == "_" && !s.test && p != "embed" && !driver(p) {
				t.Errorf("%s: blank import of %s: lists are plain functions", at, p)
			}
			imported, ours := strings.CutPrefix(p, module)
			if !ours || imported == s.dir {
				continue
			}
			if strings.HasPrefix(s.dir, "internal/agent") && strings.HasPrefix(imported, "internal/manager") && !integration(s.name) ||
				strings.HasPrefix(s.dir, "internal/manager") && strings.HasPrefix(imported, "internal/agent") && !integration(s.name) {
				t.Errorf("%s: agent and manager meet only in wire, test/ and cmd/vedette: %s imports %s", at, s.dir, imported)
			}
			if s.test || strings.HasPrefix(imported, s.dir+"/") && strings.HasSuffix(imported, "test") {
				continue
			}
			r, ok := ruleFor(s.dir)
			if !ok {
				t.Errorf("%s: no rule for folder %s: add it to internal/arch_test.go with a reason in the commit", at, s.dir)
				continue
			}
			if !allowed(r, imported) {
				t.Errorf("%s: %s may not import %s (rule for %s)", at, s.dir, imported, r.folder)
			}
		}
	}
}

// driver reports whether a package is a database driver, which registers
// itself by being imported.
func driver(p string) bool { return p == "modernc.org/sqlite" }

// integration reports whether a test file joins agent and manager on purpose.
func integration(name string) bool { return strings.HasPrefix(name, "integration_") }

// TestPrograms: the agent starts programs of the host only through the one list
// of them.
func TestPrograms(t *testing.T) {
	files, fset := sources(t)
	for _, s := range files {
		if s.test || !strings.HasPrefix(s.dir, "internal/agent") || s.dir == "internal/agent/program" || strings.HasSuffix(s.dir, "test") {
			continue
		}
		for _, imp := range s.file.Imports {
			if imp.Path.Value == `"os/exec"` && !strings.HasPrefix(s.dir, "internal/agent/selftest") {
				t.Errorf("%s: starts a program: name it in internal/agent/program", fset.Position(imp.Pos()))
			}
		}
	}
}

func TestPackageComments(t *testing.T) {
	files, _ := sources(t)
	has, seen := map[string]bool{}, map[string]bool{}
	for _, s := range files {
		if s.test {
			continue
		}
		seen[s.dir] = true
		if s.file.Doc != nil && len(strings.TrimSpace(s.file.Doc.Text())) > 20 || ast.IsGenerated(s.file) {
			has[s.dir] = true
		}
	}
	for dir := range seen {
		if !has[dir] {
			t.Errorf("%s: no package comment: say in one paragraph what the package is for", dir)
		}
	}
}

func TestNoInit(t *testing.T) {
	files, fset := sources(t)
	for _, s := range files {
		if ast.IsGenerated(s.file) {
			continue
		}
		for _, d := range s.file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.Name == "init" {
				t.Errorf("%s: func init: registries are functions that return a slice", fset.Position(f.Pos()))
			}
		}
	}
}

// TestNoMutableState allows package variables that cannot change: sentinels,
// compiled patterns, embedded files, interface checks, values set by the
// linker, and those whose comment says "immutable" and that nothing assigns.
func TestNoMutableState(t *testing.T) {
	files, fset := sources(t)
	for _, s := range files {
		if s.test || ast.IsGenerated(s.file) {
			continue
		}
		for _, d := range s.file.Decls {
			g, ok := d.(*ast.GenDecl)
			if !ok || g.Tok != token.VAR {
				continue
			}
			for _, spec := range g.Specs {
				v := spec.(*ast.ValueSpec)
				if constant(g, v) {
					continue
				}
				t.Errorf("%s: package variable %s: make it a function, a field, or say \"immutable\" in its comment", fset.Position(v.Pos()), v.Names[0].Name)
			}
		}
		assigned(t, s, fset)
	}
}

func constant(g *ast.GenDecl, v *ast.ValueSpec) bool {
	text := g.Doc.Text() + v.Doc.Text() + v.Comment.Text()
	if g.Doc != nil {
		for _, c := range g.Doc.List {
			text += c.Text
		}
	}
	if v.Doc != nil {
		for _, c := range v.Doc.List {
			text += c.Text
		}
	}
	if v.Names[0].Name == "_" || strings.Contains(text, "immutable") || strings.Contains(text, "//go:embed") || strings.Contains(text, "set by the linker") {
		return true
	}
	if len(v.Values) == 0 {
		return false
	}
	for _, val := range v.Values {
		call, ok := val.(*ast.CallExpr)
		if !ok {
			return false
		}
		sel, ok := call.Fun.(*ast.SelectorExpr)
		if !ok || !slices.Contains([]string{"New", "Errorf", "MustCompile"}, sel.Sel.Name) {
			return false
		}
		if x, ok := sel.X.(*ast.Ident); !ok || !slices.Contains([]string{"errors", "fmt", "regexp"}, x.Name) {
			return false
		}
	}
	return true
}

// assigned reports assignments to package variables of the same file, by name:
// a function that has a local variable of the name is left alone.
func assigned(t *testing.T, s source, fset *token.FileSet) {
	vars := map[string]bool{}
	for _, d := range s.file.Decls {
		if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.VAR {
			for _, spec := range g.Specs {
				for _, name := range spec.(*ast.ValueSpec).Names {
					vars[name.Name] = true
				}
			}
		}
	}
	for _, d := range s.file.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok || f.Body == nil {
			continue
		}
		own := locals(f)
		ast.Inspect(f.Body, func(n ast.Node) bool {
			a, ok := n.(*ast.AssignStmt)
			if !ok || a.Tok == token.DEFINE {
				return true
			}
			for _, l := range a.Lhs {
				for {
					x, ok := l.(*ast.IndexExpr)
					if !ok {
						break
					}
					l = x.X
				}
				if id, ok := l.(*ast.Ident); ok && vars[id.Name] && !own[id.Name] {
					t.Errorf("%s: assignment to package variable %s", fset.Position(a.Pos()), id.Name)
				}
			}
			return true
		})
	}
}

// locals returns the names that a function declares.
func locals(f *ast.FuncDecl) map[string]bool {
	own := map[string]bool{}
	add := func(e ast.Expr) {
		if id, ok := e.(*ast.Ident); ok {
			own[id.Name] = true
		}
	}
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Field:
			for _, name := range n.Names {
				own[name.Name] = true
			}
		case *ast.AssignStmt:
			if n.Tok == token.DEFINE {
				for _, l := range n.Lhs {
					add(l)
				}
			}
		case *ast.ValueSpec:
			for _, name := range n.Names {
				own[name.Name] = true
			}
		case *ast.RangeStmt:
			if n.Tok == token.DEFINE {
				add(n.Key)
				if n.Value != nil {
					add(n.Value)
				}
			}
		}
		return true
	})
	return own
}

func TestFileSizes(t *testing.T) {
	files, fset := sources(t)
	big := map[string]string{ // file: reason
		"internal/event/gen/main.go": "one generator, read top to bottom",
	}
	for _, s := range files {
		if s.test || ast.IsGenerated(s.file) {
			continue
		}
		p := path.Join(s.dir, s.name)
		if n := fset.Position(s.file.End()).Line; n > 500 && big[p] == "" {
			t.Errorf("%s: %d lines: split it, or give the reason in internal/arch_test.go", p, n)
		}
		base := path.Base(s.dir)
		if slices.Contains([]string{"util", "utils", "common", "helper", "helpers", "misc", "base", "types", "core"}, base) {
			t.Errorf("%s: a package is called for what it is", s.dir)
		}
	}
}
