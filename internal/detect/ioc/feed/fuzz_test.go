package feed

import (
	"strings"
	"testing"
	"time"

	"github.com/vedette-edr/vedette/internal/detect/ioc"
)

// fuzz reads a file of a name and checks what must be true of what it gives.
func fuzz(f *testing.F, name string, seeds ...string) {
	for _, s := range seeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		begin := time.Now()
		taken := 0
		res, err := Read(name, strings.NewReader(text), Options{All: true}, func(i ioc.Indicator) error {
			taken++
			again, err := i.Check()
			if err != nil || again.Value != i.Value || again.Type != i.Type {
				t.Fatalf("%+v is not as it is kept: %+v, %v", i, again, err)
			}
			return nil
		})
		if err == nil && res.Taken != taken {
			t.Fatalf("%d taken, %d handed on", res.Taken, taken)
		}
		if d := time.Since(begin); d > 5*time.Second && len(text) < 1<<20 { // a second on a machine that does nothing else
			t.Fatalf("%d bytes took %s", len(text), d)
		}
	})
}

func FuzzList(f *testing.F) {
	fuzz(f, "x.txt", md5Bad+";note\nhxxp://a[.]example[.]org\n1.2.3.4:5\nre:a+b\n0.0.0.0 b.example.org\n/a[b]/\n")
}

func FuzzCSV(f *testing.F) {
	fuzz(f, "x.csv", "type,value,level,expires\nmd5,"+md5Bad+",5,2026-01-01\n", "# \"sha256_hash\",\"tlsh\",distance\n\""+sha256Bad+"\",\"\",3\n")
}

func FuzzMISP(f *testing.F) { fuzz(f, "x.json", misp, `[{"Event":{"Attribute":[]}}]`) }

func FuzzSTIX(f *testing.F) {
	fuzz(f, "x.json", `{"type":"bundle","objects":[{"type":"indicator","id":"i","pattern":"[url:value LIKE 'a%' OR (ipv4-addr:value ISSUBSET '10.0.0.0/8')]","valid_until":"2026-01-01T00:00:00Z"}]}`)
}

func FuzzOpenIOC(f *testing.F) {
	fuzz(f, "x.ioc", `<ioc id="1"><definition><Indicator operator="OR"><IndicatorItem id="2" condition="matches"><Context search="FileItem/FileName"/><Content>a.*b</Content></IndicatorItem></Indicator></definition></ioc>`)
}

func FuzzObjects(f *testing.F) {
	fuzz(f, "x.jsonl", `{"type":"domain","value":"a.example.org","tags":["x"],"expires":1800000000}`, `[{"type":"regex","value":"a|b"}]`)
}

func FuzzPattern(f *testing.F) {
	f.Add("[file:hashes.'SHA-256' = 'aa' AND file:hashes.MD5 IN ('b','c')] OR ([url:value MATCHES 'x'])")
	f.Fuzz(func(t *testing.T, text string) {
		is, err := stixPattern(text)
		if err != nil && len(is) > 0 && is == nil {
			t.Fatal("both")
		}
		if len(is) > maxValues {
			t.Fatalf("%d values", len(is))
		}
	})
}
