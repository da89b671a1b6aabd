package dns

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/dns/dnsmessage"
)

// unhex reads hexadecimal digits with blanks between.
func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.Join(strings.Fields(s), ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// answer is what a resolver answers for www.example.com: an alias with a
// compressed name, and addresses of what it leads to.
const answer = `1a2b 8180 0001 0003 0000 0001
	0377777707657861 6d706c6503636f6d 00 0001 0001
	c00c 0005 0001 0000012c 0006 03 43444e c010
	c02d 0001 0001 0000003c 0004 c0000205
	c02d 001c 0001 0000001e 0010 20010db8000000000000000000000001
	00 0029 04d0 0000 0000 0000`

func TestAnswer(t *testing.T) {
	m, err := Parse(unhex(t, answer), true)
	if err != nil {
		t.Fatal(err)
	}
	got := fmt.Sprintln(m.ID, m.Type, m.Name, m.QuestionType, m.QuestionClass, m.ResponseCode, m.Flags, m.AnswerNames, m.AnswerTypes, m.Answers, m.Resolved, m.TTL, m.Operation, m.Cut)
	want := "6699 answer www.example.com A IN NOERROR [RD RA] [www.example.com cdn.example.com cdn.example.com] [CNAME A AAAA] [cdn.example.com 192.0.2.5 2001:db8::1] [192.0.2.5 2001:db8::1] 30 QUERY false\n"
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestQuery(t *testing.T) {
	m, err := Parse(unhex(t, `00ff 0100 0001 0000 0000 0000 03 777777 07 6578614d506c65 03 636f6d 00 001c 0001`), true)
	if err != nil || m.Name != "www.example.com" || m.QuestionType != "AAAA" || m.Type != "query" || m.ResponseCode != "" || m.Response {
		t.Errorf("%+v, %v", m, err)
	}
}

// What is cut off is said, what stands before is kept; the same bytes as a
// whole message are none.
func TestCut(t *testing.T) {
	b := unhex(t, answer)
	b = b[:len(b)-11] // without the record that is not read
	for n := range b {
		m, err := Parse(b[:n], false)
		if n < headSize {
			if !errors.Is(err, ErrMalformed) {
				t.Fatalf("%d bytes: %v", n, err)
			}
			continue
		}
		if err != nil || !m.Cut {
			t.Fatalf("%d bytes: %+v, %v", n, m, err)
		}
		if n > len(b)-28 && len(m.Answers) != 2 {
			t.Fatalf("%d bytes: answers %v", n, m.Answers)
		}
		if _, err := Parse(b[:n], true); !errors.Is(err, ErrMalformed) {
			t.Fatalf("%d bytes as a whole message: %v", n, err)
		}
	}
}

func TestMalformed(t *testing.T) {
	const head = "0001 0100 0001 0000 0000 0000 "
	for what, text := range map[string]string{
		"a name that leads to itself": head + "c00c 0001 0001",
		"to what follows":             head + "c00e 00 0001 0001",
		"two that lead to each other": head + "0161 c00c 0001 0001",
		"a label of a type unknown":   head + "41 00 0001 0001",
		"a name too long":             head + strings.Repeat("3f"+strings.Repeat("61", 63), 4) + "00 0001 0001",
	} {
		if m, err := Parse(unhex(t, text), true); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %+v, %v", what, m, err)
		}
	}
}

// A name of many jumps, each back by one label, ends at its bound.
func TestJumps(t *testing.T) {
	b := unhex(t, "0001 0100 0001 0000 0000 0000 00")
	last := len(b) - 1
	for range 2000 {
		at := len(b)
		b = binary.BigEndian.AppendUint16(b, 0xc000|uint16(last))
		last = at
	}
	r := reader{b: b, at: last}
	if _, err := r.name(); !errors.Is(err, ErrMalformed) {
		t.Error(err)
	}
}

func TestNamesThatAreNoText(t *testing.T) {
	m, err := Parse(unhex(t, "0001 0100 0001 0000 0000 0000 05 612e5c0aff 00 000a 8001"), true)
	if err != nil || m.Name != `a\.\\\010\255` || m.QuestionType != "NULL" || m.QuestionClass != "IN" {
		t.Errorf("%+v, %v", m, err)
	}
}

func TestData(t *testing.T) {
	for _, c := range []struct{ kind, data, want string }{
		{"0001", "0a000001", "10.0.0.1"}, {"0001", "0a0000", "0a0000"}, {"000f", "000a 04 6d61696c c00c", "10 mail.x"},
		{"0021", "0001 0002 1466 c00c", "1 2 5222 x"}, {"0010", "03 613d62 01 09", `a=b\009`}, {"0010", "05 61", "0561"},
		{"0006", "026e73 c00c 02686d c00c 00000001 00000002 00000003 00000004 00000005", "ns.x hm.x"},
		{"0041", "0001 00 0001 0003 026832", "1 ."}, {"000c", "c00c", "x"}, {"0103", "beef", "beef"}, {"0010", "", ""},
	} {
		data := unhex(t, c.data)
		text := "0001 8180 0001 0001 0000 0000 01 78 00 0001 0001 c00c " + c.kind + " 0001 00000000" + fmt.Sprintf("%04x", len(data)) + c.data
		m, err := Parse(unhex(t, text), true)
		if err != nil || len(m.Answers) != 1 || m.Answers[0] != c.want {
			t.Errorf("type %s data %s: %q, %v, want %q", c.kind, c.data, m.Answers, err, c.want)
		}
	}
}

// Many answers are kept up to the bound, and their number is told.
func TestManyAnswers(t *testing.T) {
	b := message(t, 500, "a.example")
	m, err := Parse(b, true)
	if err != nil || m.Records != 500 || len(m.Answers) != MaxAnswers || len(m.Resolved) != MaxAnswers {
		t.Errorf("%d of %d answers, %v", len(m.Answers), m.Records, err)
	}
}

// message builds an answer with another implementation.
func message(t testing.TB, answers int, name string) []byte {
	t.Helper()
	n := dnsmessage.MustNewName(name + ".")
	m := dnsmessage.Message{
		Header:    dnsmessage.Header{ID: 7, Response: true, Authoritative: true, RCode: dnsmessage.RCodeSuccess},
		Questions: []dnsmessage.Question{{Name: n, Type: dnsmessage.TypeA, Class: dnsmessage.ClassINET}},
	}
	for i := range answers {
		m.Answers = append(m.Answers, dnsmessage.Resource{
			Header: dnsmessage.ResourceHeader{Name: n, Class: dnsmessage.ClassINET, TTL: 1 << 31},
			Body:   &dnsmessage.AResource{A: [4]byte{10, 0, byte(i >> 8), byte(i)}},
		})
	}
	b, err := m.Pack()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestTimeToLive(t *testing.T) {
	m, err := Parse(message(t, 1, "long.example"), true)
	if err != nil || m.TTL != MaxTTL || !slices.Equal(m.Flags, []string{"AA"}) {
		t.Errorf("%+v, %v", m, err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(unhex(f, answer), true)
	f.Add(unhex(f, answer)[:60], false)
	f.Add(message(f, 3, "a.example"), true)
	f.Add(unhex(f, "0001 0100 0001 0000 0000 0000 0161 c00c 0001 0001"), true)
	f.Fuzz(func(t *testing.T, b []byte, whole bool) {
		m, err := Parse(b, whole)
		if err != nil && !errors.Is(err, ErrMalformed) {
			t.Fatal(err)
		}
		if len(m.Answers) > MaxAnswers || len(m.Answers) != len(m.AnswerNames) || len(m.Answers) != len(m.AnswerTypes) || len(m.Name) > 4*maxName {
			t.Fatalf("%+v", m)
		}
		for _, a := range m.Answers {
			if len(a) > 4*maxName+32 {
				t.Fatalf("data of %d bytes", len(a))
			}
		}
		// Another implementation that reads the question reads the same type.
		var p dnsmessage.Parser
		if _, perr := p.Start(b); err == nil && perr == nil && m.Questions > 0 {
			if q, qerr := p.Question(); qerr == nil && q.Type == dnsmessage.TypeAAAA && m.QuestionType != "AAAA" {
				t.Fatalf("%s, want AAAA", m.QuestionType)
			}
		}
	})
}

func BenchmarkParse(b *testing.B) {
	m := unhex(b, answer)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse(m, true); err != nil {
			b.Fatal(err)
		}
	}
}
