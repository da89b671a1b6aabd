package gene

import (
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"github.com/vedette-edr/vedette/internal/detect"
	"github.com/vedette-edr/vedette/internal/detect/expr"
)

// maxTexts is the largest number of texts in a container.
const maxTexts = 2_000_000

// prepare takes templates and containers out of the files and adds them to the
// options.
func prepare(files []detect.File, o *detect.Options) ([]detect.File, []detect.Problem) {
	var rest []detect.File
	var problems []detect.Problem
	templates, texts := map[string]string{}, map[string][]string{}
	maps.Copy(templates, o.Templates)
	for _, f := range files {
		var p *detect.Problem
		switch {
		case !f.Aside():
			rest = append(rest, f)
		case strings.HasSuffix(strings.ToLower(f.Path), ".toml"):
			p = addTemplates(f, templates)
		default:
			p = addTexts(f, texts)
		}
		if p != nil {
			problems = append(problems, *p)
		}
	}
	o.Templates = templates
	o.Containers = containers(o.Containers, texts)
	return rest, problems
}

func containers(own map[string]*expr.Container, texts map[string][]string) map[string]*expr.Container {
	out := map[string]*expr.Container{}
	maps.Copy(out, own)
	for name, list := range texts {
		if c := own[name]; c != nil {
			list = slices.Concat(c.Values(), list)
		}
		out[name] = expr.NewContainer(name, list)
	}
	return out
}

func addTemplates(f detect.File, to map[string]string) *detect.Problem {
	if len(f.Text) > detect.MaxFile {
		return &detect.Problem{File: f.Path, What: fmt.Sprintf("file of %d bytes", len(f.Text)), Do: fmt.Sprintf("a file of templates has at most %d", detect.MaxFile), Refused: true}
	}
	var all map[string]any
	if err := toml.Unmarshal([]byte(f.Text), &all); err != nil {
		p := &detect.Problem{File: f.Path, What: "not valid TOML: " + strings.TrimPrefix(err.Error(), "toml: "), Do: "write name = 'regular expression'", Refused: true}
		var at *toml.DecodeError
		if errors.As(err, &at) {
			p.Line, _ = at.Position()
		}
		return p
	}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		text, ok := all[name].(string)
		if !ok {
			return &detect.Problem{File: f.Path, Field: name, What: "the template " + name + " is no text", Do: "write " + name + " = 'regular expression'", Refused: true}
		}
		if had, ok := to[name]; ok && had != text {
			return &detect.Problem{File: f.Path, Field: name, What: "there is another template " + name, Do: "give each template a name of its own", Refused: true}
		}
		to[name] = text
	}
	return nil
}

func addTexts(f detect.File, to map[string][]string) *detect.Problem {
	if len(f.Text) > detect.MaxContainer {
		return &detect.Problem{File: f.Path, What: fmt.Sprintf("file of more than %d bytes", detect.MaxContainer), Do: "divide it", Refused: true}
	}
	if strings.HasPrefix(f.Text, "\x1f\x8b") {
		return &detect.Problem{File: f.Path, What: "the file cannot be unpacked", Do: "compress it anew with gzip", Refused: true}
	}
	name := path.Base(strings.ReplaceAll(f.Path, `\`, "/"))
	if strings.EqualFold(path.Ext(name), ".gz") {
		name = name[:len(name)-len(".gz")]
	}
	name = strings.TrimSuffix(name, path.Ext(name))
	for l := range strings.Lines(f.Text) {
		if l = strings.TrimSpace(l); l != "" {
			to[name] = append(to[name], l)
		}
		if len(to[name]) > maxTexts {
			return &detect.Problem{File: f.Path, What: fmt.Sprintf("the container %s has more than %d texts", name, maxTexts), Do: "divide it", Refused: true}
		}
	}
	if to[name] == nil { // empty, and there
		to[name] = []string{}
	}
	return nil
}
