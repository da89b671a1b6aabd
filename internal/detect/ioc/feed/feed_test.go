package feed

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/vedette-edr/vedette/internal/detect/ioc"
)

const (
	md5Bad    = "6d131a7462e568213b44ef69156f10a5"
	sha1Bad   = "98588b1d1b63747fa6ee406983bf50ad48a2208b"
	sha256Bad = "5b932eab6c67f62f097a3249477ac46d80ddccdc52654f8674060b4ddf638e5d"
)

// read returns what a text gives: "type value" of the indicators, and the
// problems.
func read(t *testing.T, name, text string, o Options) (Result, []ioc.Indicator) {
	t.Helper()
	var is []ioc.Indicator
	res, err := Read(name, strings.NewReader(text), o, func(i ioc.Indicator) error { is = append(is, i); return nil })
	if err != nil {
		t.Fatal(err)
	}
	if res.Taken != len(is) {
		t.Errorf("%d taken, %d handed on", res.Taken, len(is))
	}
	return res, is
}

func shown(is []ioc.Indicator) []string {
	var out []string
	for _, i := range is {
		out = append(out, i.Type.String()+" "+i.Value)
	}
	return out
}

func problems(r Result) []string {
	var out []string
	for _, p := range r.Problems {
		out = append(out, p.Error())
	}
	return out
}

func want(t *testing.T, what string, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s:\n got %q\nwant %q", what, got, want)
	}
}

func TestList(t *testing.T) {
	res, is := read(t, "mixed.txt", `# a comment
// another
; and one more
`+md5Bad+`
`+sha1Bad+`;Sakula - http://example.org/report
`+strings.ToUpper(sha256Bad)+`	loader
hxxp://evil[.]example[.]org/x.php?id=1
evil-site.example.org # seen twice
203.0.113.7
203.0.113.8:4443
198.51.100.0/24
2001:db8::/32
0.0.0.0 ads.example.net
evil.example.com/drop/a.bin
dropper.exe
C:\Windows\Temp\run.bat
re:\\wce\d+\.exe$
`+"T1"+strings.Repeat("A5", 35)+`
not an indicator
0123456789abcdef
`, Options{})
	want(t, "indicators", shown(is), []string{
		"md5 " + md5Bad, "sha1 " + sha1Bad, "sha256 " + sha256Bad, "url http://evil.example.org/x.php?id=1", "domain evil-site.example.org",
		"ip 203.0.113.7", "ip 203.0.113.8", "cidr 198.51.100.0/24", "cidr 2001:db8::/32", "domain ads.example.net", "url http://evil.example.com/drop/a.bin",
		"filename dropper.exe", "filename c:/windows/temp/run.bat", `regex \\wce\d+\.exe$`, "tlsh T1" + strings.Repeat("A5", 35)})
	if res.Format != "list" || is[1].Note != "Sakula - http://example.org/report" || is[4].Note != "seen twice" || is[0].Source != "mixed" || is[0].Level != "high" {
		t.Errorf("%+v, %+v", res, is[1])
	}
	want(t, "problems", problems(res), []string{
		`mixed.txt:19: "not an indicator" is no hash, address, network, domain, URL or file name; a type can be given`,
		`mixed.txt:20: "0123456789abcdef" is no hash, address, network, domain, URL or file name; a type can be given`})
}

// TestNamesThatAreNoFiles: a suffix of a registry and an address of mail have a
// dot, and are not the names of files for it.
func TestNamesThatAreNoFiles(t *testing.T) {
	res, is := read(t, "a.txt", "co.uk\nuser@evil.example.org\nevil.co.uk\nrun.bat\n", Options{})
	want(t, "taken", shown(is), []string{"domain evil.co.uk", "filename run.bat"})
	want(t, "refused", problems(res), []string{
		"a.txt:1: value: co.uk is a suffix under which anybody has names; as type hostname it names itself alone",
		`a.txt:2: "user@evil.example.org" is no hash, address, network, domain, URL or file name; a type can be given`,
	})
}

func TestListWithAType(t *testing.T) {
	_, is := read(t, "samples.imphash", md5Bad+"\n", Options{})
	want(t, "by the file's name", shown(is), []string{"imphash " + md5Bad})
	res, is := read(t, "names.txt", "\\\\svcsstat\\.exe;70\n(?i)/tmp/\\.x$;80;/usr/\n# c\n", Options{Type: ioc.Regexp, Source: "LOKI", Level: "medium", Tags: []string{"a"}})
	want(t, "regexes", shown(is), []string{`regex \\svcsstat\.exe`})
	want(t, "an exception", problems(res), []string{"names.txt:2: an expression with exceptions: write it as a rule"})
	if is[0].Note != "score 70" || is[0].Source != "LOKI" || is[0].Level != "medium" || !slices.Equal(is[0].Tags, []string{"a"}) {
		t.Errorf("%+v", is[0])
	}
}

func TestCSV(t *testing.T) {
	res, is := read(t, "feed.csv", "\xEF\xBB\xBF# exported\nType,Value,Severity,Tags,Comment,Valid until,UUID\n"+
		"md5_hash,"+md5Bad+",9,\"x, y\",\"a \"\"quoted\"\" note\",2026-12-31,u1\n"+
		"domain,evil.example.org,low,,,,\n"+
		"ip:port,203.0.113.8:443,,,,,\n"+
		"email,a@example.org,,,,,\n"+
		"ip-dst,300.1.1.1,,,,,\n"+
		"domain,other.example.org,huge,,,,\n"+
		"domain,third.example.org,,,,soon,\n"+
		"domain,\"open\n", Options{})
	want(t, "indicators", shown(is), []string{"md5 " + md5Bad, "domain evil.example.org", "ip 203.0.113.8"})
	i := is[0]
	if res.Format != "csv" || i.Level != "critical" || i.Note != `a "quoted" note` || i.Ref != "u1" || i.Expires.Format("2006-01-02") != "2026-12-31" || !slices.Equal(i.Tags, []string{"x", "y"}) {
		t.Errorf("%+v", i)
	}
	want(t, "problems", problems(res), []string{
		`feed.csv:6: type: "email" is no type that can be looked up`,
		`feed.csv:7: value: "300.1.1.1" is neither an address nor a network such as 192.0.2.0/24 or 2001:db8::/32`,
		`feed.csv:8: level: "huge" is no level`, `feed.csv:9: expires: "soon" is no time such as 2026-12-31T00:00:00Z`,
		`feed.csv:10: a quote is not closed on its line`})
}

func TestCSVWithTypedColumns(t *testing.T) {
	_, is := read(t, "x.csv", "# \"first_seen\",\"sha256_hash\",\"md5_hash\",\"signature\"\n\"2026\",\""+sha256Bad+"\",\""+md5Bad+"\",\"Loader\"\n\"2026\",\"n/a\",\""+md5Bad+"\",\"\"\n", Options{})
	want(t, "indicators", shown(is), []string{"sha256 " + sha256Bad, "md5 " + md5Bad, "md5 " + md5Bad})
	if is[0].Note != "Loader" {
		t.Errorf("%+v", is[0])
	}
}

const misp = `{"response":[{"Event":{"info":"Campaign X","threat_level_id":"1","Orgc":{"name":"CERT"},"Tag":[{"name":"tlp:green"}],
"Attribute":[
 {"uuid":"u1","type":"sha256","value":"` + sha256Bad + `","to_ids":true,"comment":"loader","Tag":[{"name":"misp-galaxy:mitre-attack-pattern=\"Web Protocols - T1071.001\""}]},
 {"uuid":"u2","type":"domain|ip","value":"evil.example.org|203.0.113.7","to_ids":"1"},
 {"uuid":"u3","type":"ip-dst|port","value":"203.0.113.9|443","to_ids":true},
 {"uuid":"u4","type":"filename|md5","value":"a.exe|` + md5Bad + `","to_ids":true},
 {"uuid":"u5","type":"domain","value":"context.example.org","to_ids":false},
 {"uuid":"u6","type":"yara","value":"rule x {}","to_ids":true},
 {"uuid":"u7","type":"ip-dst","value":"nowhere","to_ids":true},
 {"uuid":"u8","type":"md5","value":"` + md5Bad + `","to_ids":true,"deleted":true}],
"Object":[{"name":"file","Attribute":[{"uuid":"u9","type":"tlsh","value":"` + "T1" + `0000000000000000000000000000000000000000000000000000000000000000000000","to_ids":true}]}]}}]}`

func TestMISP(t *testing.T) {
	res, is := read(t, "misp.json", misp, Options{})
	want(t, "indicators", shown(is), []string{"sha256 " + sha256Bad, "domain evil.example.org", "ip 203.0.113.7", "ip 203.0.113.9", "md5 " + md5Bad, "tlsh T1" + strings.Repeat("0", 70)})
	i := is[0]
	if res.Format != "misp" || res.Skipped != 2 || i.Source != "CERT" || i.Level != "high" || i.Ref != "u1" || i.Note != "loader; Campaign X" || len(i.Tags) != 2 {
		t.Errorf("%+v %+v", res, i)
	}
	want(t, "problems", problems(res), []string{
		`misp.json: response[0].Event.Attribute[5].type: "yara" cannot be looked up`,
		`misp.json: response[0].Event.Attribute[6].value: "nowhere" is neither an address nor a network such as 192.0.2.0/24 or 2001:db8::/32`})
	if res, _ := read(t, "misp.json", misp, Options{All: true}); res.Taken != 7 || res.Skipped != 1 {
		t.Errorf("with all: %+v", res)
	}
	attributes := `{"response":{"Attribute":[{"type":"hostname","value":"C2.example.net","to_ids":true,"uuid":"a","Event":{"info":"E","Orgc":{"name":"O"}}}]}}`
	res, is = read(t, "a.json", attributes, Options{})
	want(t, "a search for attributes", shown(is), []string{"hostname c2.example.net"})
	if res.Format != "misp" || is[0].Source != "O" || is[0].Note != "E" {
		t.Errorf("%+v", is)
	}
}

func TestSTIXBundle(t *testing.T) {
	bundle := `{"type":"bundle","id":"bundle--1","objects":[
{"type":"indicator","id":"indicator--1","name":"Loader","created_by_ref":"identity--1","pattern":"[file:hashes.'SHA-256' = '` + sha256Bad + `' OR domain-name:value = 'evil.example.org']","pattern_type":"stix","valid_until":"2027-01-01T00:00:00Z","indicator_types":["malicious-activity"],"kill_chain_phases":[{"kill_chain_name":"x","phase_name":"command-and-control"}]},
{"type":"indicator","id":"indicator--2","pattern":"rule x {}","pattern_type":"yara"},
{"type":"indicator","id":"indicator--3","pattern":"[file:name = 'a' AND file:size > 3]","pattern_type":"stix"},
{"type":"indicator","id":"indicator--4","pattern":"[ipv4-addr:value = '203.0.113.7']","pattern_type":"stix","revoked":true},
{"type":"malware","id":"malware--1","name":7},
{"type":"identity","id":"identity--1","name":"CERT"}]}`
	res, is := read(t, "b.json", bundle, Options{})
	want(t, "indicators", shown(is), []string{"sha256 " + sha256Bad, "domain evil.example.org"})
	i := is[1]
	if res.Format != "stix" || res.Skipped != 1 || i.Source != "CERT" || i.Ref != "indicator--1" || i.Note != "Loader" || i.Expires.Year() != 2027 || !slices.Equal(i.Tags, []string{"malicious-activity", "command-and-control"}) {
		t.Errorf("%+v %+v", res, i)
	}
	want(t, "problems", problems(res), []string{
		`b.json: indicator--2.pattern_type: a pattern in "yara" is not read`,
		`b.json: indicator--3.pattern: ` + `the operator ">" is not read`})
}

func TestSTIXPatterns(t *testing.T) {
	for _, c := range []struct{ pattern, want, fails string }{
		{"[ipv4-addr:value = '203.0.113.7']", "ip 203.0.113.7", ""},
		{"[ipv4-addr:value ISSUBSET '198.51.100.0/24']", "cidr 198.51.100.0/24", ""},
		{"[file:hashes.MD5 = '" + md5Bad + "' AND file:hashes.'SHA-1' = '" + sha1Bad + "']", "sha1 " + sha1Bad, ""},
		{"[file:hashes.MD5 IN ('" + md5Bad + "', '" + strings.Repeat("a", 32) + "')]", "md5 " + md5Bad + " md5 " + strings.Repeat("a", 32), ""},
		{"([domain-name:value = 'a.example.org'] OR [url:value = 'http://b.example.org/'])", "domain a.example.org url http://b.example.org/", ""},
		{`[file:name LIKE '%\'x_.exe']`, `regex ^.*'x.\.exe$`, ""},
		{`[url:value MATCHES '^http://[0-9]+\\.example']`, `regex ^http://[0-9]+\.example`, ""},
		{"[process:command_line = 'a b']", "regex ^a b$", ""},
		{"[file:name = 'a.exe' AND file:hashes.MD5 = '" + md5Bad + "']", "", "AND joins"},
		{"[domain-name:value != 'a.example.org']", "", "NOT"},
		{"[domain-name:value = 'a.example.org'] FOLLOWEDBY [domain-name:value = 'b.example.org']", "", "correlation"},
		{"[domain-name:value = 'a.example.org'] WITHIN 5 SECONDS", "", "correlation"},
		{"[email-addr:value = 'a@example.org']", "", "cannot be looked up"},
		{"[domain-name:value = 'a", "", "quote"}, {"domain-name:value = 'a'", "", "missing"}, {"", "", "missing"}, {"[a:b]", "", ""},
		{strings.Repeat("(", 500), "", "deeper"}, {"[" + strings.Repeat("(", 500), "", "deeper"},
	} {
		is, err := stixPattern(c.pattern)
		var got []string
		for _, i := range is {
			got = append(got, i.Type.String()+" "+i.Value)
		}
		if text := strings.Join(got, " "); text != c.want || (err == nil) != (c.want != "") || err != nil && !strings.Contains(err.Error(), c.fails) {
			t.Errorf("%.60s: got %q, %v; want %q, an error with %q", c.pattern, text, err, c.want, c.fails)
		}
	}
}

func TestOpenIOC(t *testing.T) {
	text := `<?xml version="1.0" encoding="us-ascii"?>
<ioc xmlns="http://schemas.mandiant.com/2010/ioc" id="f1" last-modified="2026-01-01T00:00:00">
<short_description>Loader</short_description><authored_by>Lab</authored_by>
<definition><Indicator operator="OR" id="r">
<IndicatorItem id="i1" condition="is"><Context document="FileItem" search="FileItem/Md5sum" type="mir"/><Content type="md5">` + md5Bad + `</Content></IndicatorItem>
<IndicatorItem id="i2" condition="contains"><Context search="FileItem/FullPath"/><Content>\temp\x.</Content></IndicatorItem>
<IndicatorItem id="i3" condition="is"><Context search="Network/DNS"/><Content>evil.example.org</Content></IndicatorItem>
<IndicatorItem id="i4" condition="is"><Context search="RegistryItem/Path"/><Content>x</Content></IndicatorItem>
<IndicatorItem id="i5" condition="is" negate="true"><Context search="PortItem/remoteIP"/><Content>203.0.113.7</Content></IndicatorItem>
<Indicator operator="AND"><IndicatorItem id="i6" condition="is"><Context search="PortItem/remoteIP"/><Content>203.0.113.7</Content></IndicatorItem>
<IndicatorItem id="i7" condition="is"><Context search="PortItem/remotePort"/><Content>1</Content></IndicatorItem></Indicator>
<Indicator operator="AND"><IndicatorItem id="i8" condition="is"><Context search="PortItem/remoteIP"/><Content>203.0.113.8</Content></IndicatorItem></Indicator>
</Indicator></definition></ioc>`
	res, is := read(t, "x.ioc", text, Options{})
	want(t, "indicators", shown(is), []string{"md5 " + md5Bad, `regex \\temp\\x\.`, "domain evil.example.org", "ip 203.0.113.8"})
	if res.Format != "openioc" || is[0].Source != "Lab" || is[0].Note != "Loader" || is[0].Ref != "i1" {
		t.Errorf("%+v %+v", res, is[0])
	}
	want(t, "problems", problems(res), []string{
		`x.ioc: IndicatorItem i4: "RegistryItem/Path" cannot be looked up`,
		`x.ioc: IndicatorItem i5: it is negated: an indicator is a value that is bad; write it as a rule`,
		`x.ioc: Indicator: AND joins 2 conditions: an indicator is one value; write it as a rule`})
	v11 := `<OpenIOC xmlns="http://openioc.org/schemas/OpenIOC_1.1"><metadata><short_description>N</short_description><authored_by>M</authored_by></metadata>
<criteria><Indicator operator="OR"><IndicatorItem condition="is"><Context search="FileItem/FileName"/><Content>X.exe</Content></IndicatorItem></Indicator></criteria></OpenIOC>`
	_, is = read(t, "y.ioc", v11, Options{})
	want(t, "version 1.1", shown(is), []string{"filename x.exe"})
}

func TestObjects(t *testing.T) {
	lines := `{"type":"domain","value":"evil.example.org","source":"A","level":"low","tags":["x"],"expires":"2027-01-01T00:00:00Z"}
{"type":"tlsh","value":"` + strings.Repeat("0", 70) + `","distance":50}
{"type":"email","value":"x"}
{"type":"md5","value":7}
`
	res, is := read(t, "i.jsonl", lines, Options{})
	want(t, "lines", shown(is), []string{"domain evil.example.org", "tlsh T1" + strings.Repeat("0", 70)})
	want(t, "problems", problems(res), []string{`i.jsonl: [2].type: "email" is no type that can be looked up`, `i.jsonl: [3].value: not a string`})
	// as WHIDS keeps them
	_, is = read(t, "iocs.json", ` [{"uuid":"u","guuid":"g","source":"MISP","value":"`+md5Bad+`","type":"md5"},{"uuid":"v","source":"MISP","value":"203.0.113.7","type":"ip-dst"}]`, Options{})
	want(t, "a list", shown(is), []string{"md5 " + md5Bad, "ip 203.0.113.7"})
	if is[0].Ref != "u" || is[0].Source != "MISP" {
		t.Errorf("%+v", is[0])
	}
}

func TestWholeFileIsRefused(t *testing.T) {
	for name, text := range map[string]string{
		"cut STIX": `{"type":"bundle","objects":[{"type":"indicator"`, "cut MISP": `{"Event":{"Attribute":[`, "another XML": "<html><body/></html>",
		"cut XML": "<ioc><definition>", "no text": "a\x00b", "deep": `{"response":` + strings.Repeat("[", 40), "JSON of something else": `{"type":"bundle"} {}`,
	} {
		_, err := Read(name, strings.NewReader(text), Options{}, func(ioc.Indicator) error { return nil })
		if err == nil || !strings.HasPrefix(err.Error(), name+": ") {
			t.Errorf("%s: %v", name, err)
		}
	}
	stop := errors.New("stop")
	if _, err := Read("x", strings.NewReader(md5Bad), Options{}, func(ioc.Indicator) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("an error of who takes them: %v", err)
	}
	long := strings.Repeat("x", MaxLine+10) + "\n" + md5Bad + "\n"
	res, is := read(t, "long.txt", long, Options{})
	if len(is) != 1 || res.Refused != 1 {
		t.Errorf("a long line: %+v", res)
	}
}

// texts counts the attributes of a MISP event that are free text.
func texts(t *testing.T, path string) int {
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Count(string(text), `"type": "text"`)
}

// TestPublicLists reads real lists and compares how many there are with a count
// of their own lines.
func TestPublicLists(t *testing.T) {
	data := os.Getenv("VEDETTE_DATA")
	if data == "" {
		t.Skip("VEDETTE_DATA names no folder with ioc/: public lists are not read")
	}
	for _, c := range []struct {
		file    string
		o       Options
		refused int // most lines that may be refused
	}{
		{"loldrivers/samples_malicious.imphash", Options{}, 0}, {"loldrivers/samples_vulnerable.sha256", Options{}, 0},
		{"signature-base/hash-iocs.txt", Options{}, 5}, {"signature-base/c2-iocs.txt", Options{}, 30},
		{"signature-base/filename-iocs.txt", Options{Type: ioc.Regexp}, 700}, {"maltrail/malware_trails.tsv", Options{}, 400},
	} {
		t.Run(c.file, func(t *testing.T) {
			path := filepath.Join(data, "ioc", filepath.FromSlash(c.file))
			f, err := os.Open(path)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			byType := map[ioc.Type]int{}
			res, err := Read(path, f, c.o, func(i ioc.Indicator) error { byType[i.Type]++; return nil })
			if err != nil {
				t.Fatal(err)
			}
			entries := 0
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			for line := range strings.SplitSeq(string(text), "\n") {
				if l := strings.TrimSpace(line); l != "" && l[0] != '#' && l[0] != ';' && !strings.HasPrefix(l, "//") {
					entries++
				}
			}
			t.Logf("%s: %d taken, %d refused, %v", c.file, res.Taken, res.Refused, byType)
			for n, p := range res.Problems {
				if n < 12 {
					t.Log(p.Error())
				}
			}
			if res.Taken+res.Refused != entries || res.Refused > c.refused {
				t.Errorf("%d taken and %d refused of %d", res.Taken, res.Refused, entries)
			}
			if strings.HasSuffix(c.file, ".imphash") && byType[ioc.Imphash] != res.Taken {
				t.Errorf("not all are imphashes: %v", byType)
			}
		})
	}
	events, err := filepath.Glob(filepath.Join(data, "ioc", "eset", "*", "misp-events", "*.json"))
	if err != nil || len(events) == 0 {
		t.Fatalf("no MISP events: %v", err)
	}
	for _, path := range events {
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		res, err := Read(path, f, Options{All: true}, func(ioc.Indicator) error { return nil }) // none is marked for detection
		f.Close()
		if err != nil || res.Format != "misp" || res.Taken == 0 || res.Refused != texts(t, path) {
			t.Errorf("%s: %+v, %v", filepath.Base(path), fmt.Sprint(problems(res)), err)
		}
	}
}
