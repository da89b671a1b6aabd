package evtx_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vedette-edr/vedette/internal/record"
	"github.com/vedette-edr/vedette/internal/record/evtx"
	"github.com/vedette-edr/vedette/internal/record/evtx/evtxtest"
)

var when = time.Date(2026, 11, 21, 12, 0, 0, 123456700, time.UTC)

func logon(id uint64, data ...evtxtest.Member) evtxtest.Event {
	return evtxtest.Event{
		Record: id, Time: when, Provider: "Test-Provider", Channel: "Security", Computer: "h1", Code: 4624, Level: 4, PID: 8, TID: 9, Data: data,
		User: []byte{1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 0x20, 2, 0, 0},
	}
}

// parse reads a log that lies in memory.
func parse(t testing.TB, file []byte) ([]*record.Record, []string) {
	t.Helper()
	blocks, _, err := record.Open([]record.Format{evtx.Format()}, bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	var out []*record.Record
	var faults []string
	for {
		var b record.Block
		var batch record.Batch
		if blocks.Next(&b) != nil {
			return out, faults
		}
		blocks.Decode(&b, &batch)
		out = append(out, batch.Records()...)
		for _, f := range batch.Faults {
			faults = append(faults, f.Error())
		}
	}
}

func values(r *record.Record) map[string]string {
	out := map[string]string{}
	for i, name := range r.Log.Names {
		out[name] = r.Log.Values[i]
	}
	return out
}

func member(name string, v evtxtest.Value) evtxtest.Member {
	return evtxtest.Member{Name: name, Value: v}
}

func TestEveryTypeOfValue(t *testing.T) {
	guid := [16]byte{0x25, 0x96, 0x84, 0x54, 0x78, 0x54, 0x94, 0x49, 0xa5, 0xba, 0x3e, 0x3b, 0x03, 0x28, 0xc3, 0x0d}
	for want, v := range map[string]evtxtest.Value{
		"grüße 😀":                              evtxtest.String("grüße 😀\x00"),
		"a\nbc":                                evtxtest.Strings("a", "bc"),
		"caf\u00e9":                            evtxtest.ANSI("caf\xe9\x00"),
		"-5":                                   evtxtest.Int8(-5),
		"200":                                  evtxtest.Uint8(200),
		"-300":                                 evtxtest.Int16(-300),
		"65535":                                evtxtest.Uint16(65535),
		"-70000":                               evtxtest.Int32(-70000),
		"4294967295":                           evtxtest.Uint32(1<<32 - 1),
		"-5000000000":                          evtxtest.Int64(-5e9),
		"18446744073709551615":                 evtxtest.Uint64(1<<64 - 1),
		"1.5":                                  evtxtest.Float(1.5),
		"0.1":                                  evtxtest.Double(0.1),
		"true":                                 evtxtest.Bool(true),
		"false":                                evtxtest.Bool(false),
		"0AFF":                                 evtxtest.Binary(0x0a, 0xff),
		"54849625-5478-4994-A5BA-3E3B0328C30D": evtxtest.GUID(guid),
		"2026-11-21T12:00:00.1234567Z":         evtxtest.Time(when),
		"2026-11-21T12:00:00.123Z":             evtxtest.Systemtime(when),
		"S-1-5-32-544":                         evtxtest.SID([]byte{1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 0x20, 2, 0, 0}),
		"0x1fffff":                             evtxtest.Hex32(0x1fffff),
		"0x3e7":                                evtxtest.Hex64(0x3e7),
		"0x10":                                 evtxtest.Raw(0x10, 16, 0, 0, 0, 0, 0, 0, 0),
		"1\n2":                                 evtxtest.Array(evtxtest.Uint16(1), evtxtest.Uint16(2)),
		"0x1\n0x2":                             evtxtest.Array(evtxtest.Hex64(1), evtxtest.Hex64(2)),
		"":                                     evtxtest.Null(),
		"0102":                                 evtxtest.Raw(0x08, 1, 2), // shorter than its type
		"AB":                                   evtxtest.Raw(0x6f, 0xab), // a type that is not known
	} {
		got, faults := parse(t, evtxtest.File(logon(1, member("X", v))))
		if len(got) != 1 || len(faults) > 0 {
			t.Fatalf("%q: %d records, %q", want, len(got), faults)
		}
		if v, ok := values(got[0])["X"]; v != want || !ok {
			t.Errorf("got %q, %v; want %q", v, ok, want)
		}
	}
}

func TestNamesOfTheFlatForm(t *testing.T) {
	events := []evtxtest.Event{
		logon(7, member("Threat Name", evtxtest.String("x")), member("Empty", evtxtest.String(""))),
		logon(8, member("", evtxtest.String("one")), member("", evtxtest.String("two")), member("", evtxtest.Null())),
		{Record: 9, Time: when, Provider: "P&<Q>", Channel: "System", Code: 104, Part: "UserData", Data: []evtxtest.Member{member("Channel", evtxtest.String("Application")), member("Path", evtxtest.Null())}},
		{Record: 10, Time: when, Provider: "P", Channel: "System", Code: 1, Name: "SomeEvent", Data: []evtxtest.Member{member("A", evtxtest.Uint8(1))}},
	}
	got, faults := parse(t, evtxtest.File(events...))
	if len(got) != 4 || len(faults) > 0 {
		t.Fatalf("%d records, %q", len(got), faults)
	}
	head := map[string]string{
		"Provider_Name": "Test-Provider", "EventID": "4624", "Level": "4", "TimeCreated_SystemTime": "2026-11-21T12:00:00.1234567Z", "EventRecordID": "7",
		"Execution_ProcessID": "8", "Execution_ThreadID": "9", "Channel": "Security", "Computer": "h1", "Security_UserID": "S-1-5-32-544",
		"ThreatName": "x", "Empty": "",
	}
	if v := values(got[0]); !maps.Equal(v, head) {
		t.Errorf("got %v\nwant %v", v, head)
	}
	if v := values(got[1])["Data"]; v != "one\ntwo\n" {
		t.Errorf("Data without names: %q", v)
	}
	v := values(got[2])
	if v["Channel"] != "System" || v["UserData_Channel"] != "Application" || v["Provider_Name"] != "P&<Q>" || v["Path"] != "" || v["Security_UserID"] != "" {
		t.Errorf("UserData: %v", v)
	}
	if v := values(got[3]); v["Name"] != "SomeEvent" || v["A"] != "1" {
		t.Errorf("a name of EventData: %v", v)
	}
	r := got[0]
	if r.Time.Std() != when || r.Host != "h1" || r.Log.Channel != "Security" || r.Log.Code != "4624" || r.Log.RecordID != "7" || r.Line != record.NoLine {
		t.Errorf("fields: %+v", r)
	}
}

// many returns so many events that they fill several chunks.
func many(n int) []evtxtest.Event {
	var out []evtxtest.Event
	for i := range n {
		out = append(out, logon(uint64(i+1), member("TargetUserName", evtxtest.String(fmt.Sprintf("user%d", i))), member("LogonId", evtxtest.Hex64(uint64(i)))))
	}
	return out
}

func ids(records []*record.Record) []string {
	var out []string
	for _, r := range records {
		out = append(out, r.Log.RecordID)
	}
	return out
}

func TestChunksInOrder(t *testing.T) {
	const n = 2000
	file := evtxtest.File(many(n)...)
	if len(file) < evtxtest.HeaderSize+3*evtxtest.ChunkSize {
		t.Fatalf("%d bytes: not several chunks", len(file))
	}
	file = append(file, make([]byte, evtxtest.ChunkSize)...) // never written
	file = append(file, bytes.Repeat([]byte("what lay on the disk before"), 3000)...)
	got, faults := parse(t, file)
	if len(got) != n || len(faults) > 0 {
		t.Fatalf("%d records, %q", len(got), faults)
	}
	for i, r := range got {
		if v := values(r); v["TargetUserName"] != fmt.Sprintf("user%d", i) || r.Log.RecordID != fmt.Sprint(i+1) {
			t.Fatalf("record %d: %v", i, v)
		}
	}
}

func TestDamageIsToldAndTheRestIsRead(t *testing.T) {
	const chunk = evtxtest.HeaderSize + evtxtest.ChunkSize // the second
	whole := evtxtest.File(many(2000)...)
	all, _ := parse(t, whole)
	for name, c := range map[string]struct {
		damage func([]byte) []byte
		lost   int // records at the most
		tells  string
	}{
		"no file header":       {func(b []byte) []byte { clear(b[:128]); return b }, 0, "offset 0: file header: it does not begin with ElfFile"},
		"another version":      {func(b []byte) []byte { b[38] = 9; return b }, 0, "version 9.1, known is 3"},
		"no file header block": {func(b []byte) []byte { return b[evtxtest.HeaderSize:] }, 0, ""},
		"no chunk magic":       {func(b []byte) []byte { b[chunk] = 'X'; return b }, 0, "chunk 1 at offset 69632: not a chunk"},
		"a record's magic":     {func(b []byte) []byte { b[chunk+512] = 'X'; return b }, 1, "chunk 1 at offset 69632: record at 512: no record begins there"},
		"a record's size":      {func(b []byte) []byte { b[chunk+512+5] ^= 0xff; return b }, 1, "record at 512: size "},
		"a record's end": {func(b []byte) []byte {
			size := binary.LittleEndian.Uint32(b[chunk+516:])
			b[chunk+512+size-4] ^= 0xff
			return b
		}, 0, ""},
		"text of a record":     {func(b []byte) []byte { clear(b[chunk+512+100 : chunk+512+300]); return b }, 400, "the checksum of the chunk's records is wrong"},
		"cut in a chunk":       {func(b []byte) []byte { return b[:chunk+30000] }, len(all), "the file ends after 30000 of 65536 bytes of the chunk"},
		"used space unknown":   {func(b []byte) []byte { binary.LittleEndian.PutUint32(b[chunk+48:], 1<<31); return b }, 0, "no record begins there"},
		"used space too small": {func(b []byte) []byte { binary.LittleEndian.PutUint32(b[chunk+48:], 2000); return b }, 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			got, faults := parse(t, c.damage(bytes.Clone(whole)))
			if len(got) < len(all)-c.lost || len(got) > len(all) {
				t.Errorf("%d records of %d, at most %d may be lost", len(got), len(all), c.lost)
			}
			if c.tells == "" && len(faults) > 0 || !strings.Contains(strings.Join(faults, "\n"), c.tells) {
				t.Errorf("faults %q, want %q", faults, c.tells)
			}
			last := ids(got)
			if c.lost < len(all) && !slices.Contains(last, "2000") {
				t.Error("the last record is not read")
			}
		})
	}
}

func TestAFileThatIsNone(t *testing.T) {
	for name, b := range map[string][]byte{"text": []byte("hello"), "short": []byte("ElfFile\x00")} {
		if _, _, err := record.Open([]record.Format{evtx.Format()}, bytes.NewReader(b)); err == nil {
			t.Errorf("%s: opened", name)
		}
	}
}

// TestBomb checks that a record that says much in few bytes ends at a limit: a
// template that has the same long value again and again.
func TestBomb(t *testing.T) {
	bomb := func(members int) []byte {
		data := []evtxtest.Member{member("A", evtxtest.String(strings.Repeat("x", 15_000)))}
		for len(data) < members {
			data = append(data, member("A", evtxtest.Null()))
		}
		file := evtxtest.File(logon(1, data...), logon(2))
		c := file[evtxtest.HeaderSize:]
		from := bytes.Index(c, []byte("E\x00v\x00e\x00n\x00t\x00D\x00a\x00t\x00a\x00"))
		for i := 1; i < members; i++ { // each value of the template becomes the first
			place := binary.LittleEndian.AppendUint16([]byte{0x0e}, uint16(i))
			if at := bytes.Index(c[from:], append(place, 0, 4)); at > 0 {
				c[from+at+1], c[from+at+2] = 0, 0
			}
		}
		evtxtest.Seal(c)
		return file
	}
	got, faults := parse(t, bomb(200))
	if len(got) != 2 || len(faults) > 0 || len(got[0].Log.Values) < 200 || got[0].Log.Values[200] != strings.Repeat("x", 15_000) {
		t.Errorf("%d records, %q: within the limit all is read", len(got), faults)
	}
	got, faults = parse(t, bomb(400))
	if len(got) != 1 || got[0].Log.RecordID != "2" || len(faults) == 0 || !strings.Contains(faults[0], "record 1: values of more than 4194304 bytes") {
		t.Errorf("%d records, %q: beyond the limit", len(got), faults)
	}
}

// TestATemplateInsideItself checks that a template that holds itself ends at a
// limit.
func TestATemplateInsideItself(t *testing.T) {
	file := evtxtest.File(logon(1))
	c := file[evtxtest.HeaderSize:]
	at := binary.LittleEndian.Uint32(c[512+24+4+6:]) // of the definition, behind the head of the record, the fragment and the id
	body := append([]byte{0x0f, 1, 1, 0, 0x0c, 1, 0, 0, 0, 0}, binary.LittleEndian.AppendUint32(nil, at)...)
	copy(c[at+24:], append(body, 0, 0, 0, 0, 0))
	evtxtest.Seal(c)
	got, faults := parse(t, file)
	if len(got) != 0 || len(faults) != 1 || !strings.Contains(faults[0], "nested deeper than 32") {
		t.Errorf("%d records, %q", len(got), faults)
	}
}

// TestGE10_EventLogsAreReadAndCarved reads a log, and the same chunks out of an
// image in which they lie anywhere, one of them cut and one overwritten.
func TestGE10_EventLogsAreReadAndCarved(t *testing.T) {
	whole := evtxtest.File(many(2000)...)
	want, faults := parse(t, whole)
	if len(want) != 2000 || len(faults) > 0 {
		t.Fatalf("%d records, %q", len(want), faults)
	}
	chunks := whole[evtxtest.HeaderSize:]
	one, two, rest := chunks[:evtxtest.ChunkSize], chunks[evtxtest.ChunkSize:2*evtxtest.ChunkSize], chunks[2*evtxtest.ChunkSize:]
	var image []byte
	image = append(image, bytes.Repeat([]byte("ElfChnk"), 200_000)...) // the magic, but for its zero
	image = append(image, two...)
	image = append(image, "something else"...)
	image = append(image, one[:40_000]...) // the begin of it; another one was written over the rest
	image = append(image, rest...)
	blocks, format, err := record.Open([]record.Format{evtx.Format(), evtx.Carve()}, bytes.NewReader(image))
	if err != nil || format.Name != "evtx carved" {
		t.Fatal(format.Name, err)
	}
	got := map[string]bool{}
	var b record.Block
	var batch record.Batch
	for blocks.Next(&b) == nil {
		batch.Reset()
		blocks.Decode(&b, &batch)
		for _, r := range batch.Records() {
			got[strings.Clone(r.Log.RecordID)] = true
		}
	}
	first, _ := parse(t, append(whole[:evtxtest.HeaderSize:evtxtest.HeaderSize], one...))
	missing := 0
	for _, r := range want {
		if !got[r.Log.RecordID] {
			missing++
		}
	}
	if missing == 0 || missing > len(first)/2 {
		t.Errorf("%d of 2000 records are missing; of the %d of the cut chunk less than half may be", missing, len(first))
	}
}

func FuzzDecode(f *testing.F) {
	guid := [16]byte{1, 2, 3}
	f.Add(evtxtest.File(logon(1, member("A", evtxtest.String("x")), member("B", evtxtest.GUID(guid)), member("", evtxtest.Strings("a", "b"))))[evtxtest.HeaderSize:][:4096])
	f.Add(evtxtest.File(evtxtest.Event{Record: 2, Time: when, Channel: "System", Part: "UserData", Data: []evtxtest.Member{member("Path", evtxtest.Null())}})[evtxtest.HeaderSize:][:3000])
	f.Fuzz(func(t *testing.T, chunk []byte) {
		if len(chunk) < 8 {
			return
		}
		copy(chunk, "ElfChnk\x00")
		begin := time.Now()
		records, _ := parse(t, chunk)
		if d := time.Since(begin); d > 5*time.Second {
			t.Fatalf("took %s", d)
		}
		for _, r := range records {
			if len(r.Log.Names) != len(r.Log.Values) {
				t.Fatal("names and values are not parallel")
			}
		}
	})
}

// BenchmarkDecode reads a log of our own; with the shared data also all of
// theirs, see BenchmarkDecodeShared.
func BenchmarkDecode(b *testing.B) {
	benchmark(b, [][]byte{evtxtest.File(many(5000)...)})
}

func benchmark(b *testing.B, files [][]byte) {
	size, records := 0, 0
	for _, f := range files {
		size += len(f)
	}
	var block record.Block
	var batch record.Batch
	b.SetBytes(int64(size))
	b.ReportAllocs()
	for b.Loop() {
		for _, f := range files {
			blocks, err := evtx.Open(bytes.NewReader(f))
			if err != nil {
				b.Fatal(err)
			}
			for blocks.Next(&block) == nil {
				batch.Reset()
				blocks.Decode(&block, &batch)
				records += len(batch.Records())
			}
		}
	}
	b.ReportMetric(float64(records)/b.Elapsed().Seconds(), "records/s")
	b.ReportMetric(float64(records)/float64(b.N), "records")
}
