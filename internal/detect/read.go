package detect

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// Names of rule files. immutable
var (
	ruleEndings  = []string{".yml", ".yaml", ".gen", ".gene", ".json", ".ini"}
	vagueEndings = []string{".json", ".ini"}                      // also of files that have nothing to do with rules
	asideEndings = []string{".toml", ".cont", ".cont.gz", ".txt"} // of files that rules refer to
	geneEndings  = []string{".gen", ".gene"}                      // of rules that refer to files
)

// MaxContainer is the largest file of texts that rules refer to, bytes.
const MaxContainer = 64 << 20

func (f File) ends(endings []string) bool {
	name := strings.ToLower(f.Path)
	return slices.ContainsFunc(endings, func(e string) bool { return strings.HasSuffix(name, e) })
}

// vague reports whether a file with such a name may be no rule file at all.
func (f File) vague() bool { return f.ends(vagueEndings) }

// Aside reports whether the file holds no rules but what rules refer to:
// templates and containers.
func (f File) Aside() bool { return f.ends(asideEndings) }

// ReadDir reads the rule files below the directories of fsys, in the order of
// their names, and the templates and containers that lie between Gene rules;
// names that start with a dot are left out. A directory may also be a file; with
// a Gene rule file come the templates and containers beside it.
func ReadDir(fsys fs.FS, dirs ...string) ([]File, error) {
	var out []File
	for _, dir := range dirs {
		files, err := readTree(fsys, dir)
		if err != nil {
			return nil, fmt.Errorf("read rules %s: %w", dir, err)
		}
		if len(files) == 1 && files[0].Path == dir && files[0].ends(geneEndings) {
			beside, err := readBeside(fsys, path.Dir(dir))
			if err != nil {
				return nil, fmt.Errorf("read rules %s: %w", dir, err)
			}
			files = append(files, beside...)
		}
		if !slices.ContainsFunc(files, func(f File) bool { return f.ends(geneEndings) }) {
			files = slices.DeleteFunc(files, func(f File) bool { return f.Aside() && f.Path != dir && !strings.Contains(f.Path, ".cont") })
		}
		for _, f := range files {
			if !slices.ContainsFunc(out, func(o File) bool { return o.Path == f.Path && f.Aside() }) {
				out = append(out, f)
			}
		}
	}
	return out, nil
}

func readTree(fsys fs.FS, dir string) ([]File, error) {
	var out []File
	err := fs.WalkDir(fsys, dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if strings.HasPrefix(path.Base(p), ".") && p != dir {
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		f := File{Path: p}
		if d.IsDir() || p != dir && !f.ends(ruleEndings) && !f.Aside() {
			return nil
		}
		f.Text, err = readFile(fsys, p)
		out = append(out, f)
		return err
	})
	return out, err
}

func readBeside(fsys fs.FS, dir string) ([]File, error) {
	entries, err := fs.ReadDir(fsys, dir)
	if err != nil {
		return nil, err
	}
	var out []File
	for _, e := range entries {
		f := File{Path: path.Join(dir, e.Name())}
		if e.IsDir() || strings.HasPrefix(e.Name(), ".") || !f.Aside() {
			continue
		}
		if f.Text, err = readFile(fsys, f.Path); err != nil {
			return nil, err
		}
		out = append(out, f)
	}
	return out, nil
}

// readFile reads a file, unpacked when it is compressed; of one that is too
// large it reads a little more than is allowed.
func readFile(fsys fs.FS, p string) (string, error) {
	f, err := fsys.Open(p)
	if err != nil {
		return "", err
	}
	defer f.Close()
	limit := int64(MaxFile)
	if (File{Path: p}).Aside() {
		limit = MaxContainer
	}
	text, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return "", fmt.Errorf("read %s: %w", p, err)
	}
	z, err := gzip.NewReader(bytes.NewReader(text))
	if err != nil { // not compressed, or damaged: who parses it says so
		return string(text), nil
	}
	plain, err := io.ReadAll(io.LimitReader(z, limit+1))
	if err != nil {
		return string(text), nil
	}
	return string(plain), nil
}
