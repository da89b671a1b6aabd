package convert_test

import (
	"os"
	"testing"

	"github.com/vedette-edr/vedette/internal/detect"
	"github.com/vedette-edr/vedette/internal/detect/convert"
	"github.com/vedette-edr/vedette/internal/detect/gene"
	"github.com/vedette-edr/vedette/internal/detect/sigma"
)

// FuzzFiles checks that what is written can be read, rule by rule.
func FuzzFiles(f *testing.F) {
	for _, path := range []string{"../gene/testdata/corpus/rules.gen", "../condition/testdata/default.json", "../gotrust/testdata/rules.ini"} {
		text, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	f.Add(`{"Name":"R","Meta":{"Events":{"a b":[1]},"Schema":"2.0.0"},"Matches":["$and: I ~= '*?\\'","$b: \"x|y z\" = '*\\?\\\\'"],"Condition":"!$and or $b"}`)
	f.Fuzz(func(t *testing.T, text string) {
		for _, pair := range convert.Pairs() {
			path := map[string]string{"gene": "r.gen", "condition": "r.json", "gotrust": "rules.ini"}[pair[0]]
			out, err := convert.Files(pair[0], pair[1], []detect.File{{Path: path, Text: text}})
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range out.Rules {
				path := map[string]string{"gene": "out.gen", "sigma": "out.yml"}[pair[1]]
				rules, problems := parse(path, r.Text)
				for _, p := range problems {
					if p.Refused && rules == 0 && pair[1] == "sigma" {
						t.Fatalf("%s to %s: %v\n%s", pair[0], pair[1], p, r.Text)
					}
				}
			}
		}
	})
}

func parse(path, text string) (int, []detect.Problem) {
	f, read := detect.File{Path: path, Text: text}, sigma.Parse
	if path == "out.gen" {
		read = gene.Parse
	}
	rules, problems := read(f, detect.Options{})
	return len(rules), problems
}
