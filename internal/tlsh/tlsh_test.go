package tlsh

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
)

const fox = "The quick brown fox jumps over the lazy dog."

// letters is data as the tests of the algorithm's authors make them: n bytes
// from first on over and over, the text at the start, a zero at the end.
func letters(text string, n int, first byte, period int) string {
	b := make([]byte, n)
	for i := range b[:n-1] {
		b[i] = first + byte(i%period)
	}
	copy(b, text)
	return string(b)
}

func TestPublishedVectors(t *testing.T) {
	repeated := strings.TrimSuffix(strings.Repeat(fox, 6), ".")
	for _, c := range []struct{ name, data, want string }{
		{"six sentences", repeated, "T1F7D0024A251C5294648A1888438D98B292C8C51161211421643460022908221DCD8551"},
		{"authors' first", letters("This is a test for Lili Diao. This is a string. Hello Hello Hello ", 512, 'A', 26), "T109F05A198CC69A5A4F0F9380A9EE93F2B927CF42089EA74276DC5F0BB2D34E68114448"},
		{"authors' second", letters("This is a test for Jon Oliver. This is a string. Hello Hello Hello ", 1024, 'A', 26), "T1301124198C869A5A4F0F9380A9AE92F2B9278F42089EA34272885F0FB2D34E6911444C"},
		{"authors' million bytes", letters("", 1_000_000, 'A', 26), "T1A12500088C838B0A0F0EC3C0ACAB82F3B8228B0308CFA302338C0F0AE2C24F28000008"},
		{"authors' other million", letters("", 1_000_000, ' ', 90), "T129251210F4C18D0A5F0661C4F64D905B585253A3024F022323E5074CC5601904886D1C"},
	} {
		got, err := Sum([]byte(c.data))
		if err != nil || got.String() != c.want {
			t.Errorf("%s: %s, %v; want %s", c.name, got, err, c.want)
		}
		var h Hasher
		for i := range c.data { // bytewise gives the same
			_, _ = h.Write([]byte(c.data[i : i+1]))
		}
		if piecewise, err := h.Digest(); err != nil || piecewise != got {
			t.Errorf("%s in pieces: %s, %v", c.name, piecewise, err)
		}
	}
}

// The pairs are of the examples that the authors publish with the algorithm.
func TestPublishedDistances(t *testing.T) {
	const (
		yossi   = "T11FA1B357F78913B236924271569EA6D1FB2C451C33668484552C812D33138B8C73FFCE"
		alice   = "T145D18407A78523B35A030267671FA2C2F725402973629B25545EB43C3356679477F7FC"
		academy = "T1C8E1E8277B98A6255FA70063B70FBAE1F6618229332C9438084FB331178ADEE53B41D5"
		english = "T1E951784702042376169012B1BA5A76EAF36092FC3311A595B4856235278F9F973763EF"
		nisse   = "T106D29517F780237185070293B60E36FAB735C0F833D66460688DA22D6756E751B7BAEB"
		lili    = "T109F05A198CC69A5A4F0F9380A9EE93F2B927CF42089EA74276DC5F0BB2D34E68114448"
		jon     = "T1301124198C869A5A4F0F9380A9AE92F2B9278F42089EA34272885F0FB2D34E6911444C"
		million = "T1A12500088C838B0A0F0EC3C0ACAB82F3B8228B0308CFA302338C0F0AE2C24F28000008"
		other   = "T129251210F4C18D0A5F0661C4F64D905B585253A3024F022323E5074CC5601904886D1C"
	)
	for _, c := range []struct {
		a, b string
		want int
	}{
		{yossi, alice, 150}, {yossi, academy, 265}, {yossi, english, 270}, {yossi, nisse, 362}, {million, other, 138}, {lili, jon, 121}, {alice, alice, 0},
	} {
		a, err := Parse(c.a)
		if err != nil {
			t.Fatal(err)
		}
		b, err := Parse(c.b[2:]) // without the prefix
		if err != nil {
			t.Fatal(err)
		}
		if got := a.Distance(b); got != c.want || b.Distance(a) != c.want {
			t.Errorf("%s to %s: %d and %d back, want %d", c.a, c.b, got, b.Distance(a), c.want)
		}
		if !a.Within(&b, c.want) || c.want > 0 && a.Within(&b, c.want-1) {
			t.Errorf("%s to %s: Within disagrees with the distance %d", c.a, c.b, c.want)
		}
	}
}

// TestDistanceBitByBit compares the words at once with the definition.
func TestDistanceBitByBit(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		a := Digest{code: [4]uint64{r.Uint64(), r.Uint64(), r.Uint64(), r.Uint64()}}
		b := Digest{code: [4]uint64{r.Uint64(), r.Uint64(), r.Uint64(), r.Uint64()}}
		want := 0
		for i := range buckets {
			x, y := int(a.code[i/32]>>(2*(i%32))&3), int(b.code[i/32]>>(2*(i%32))&3)
			want += []int{0, 1, 2, 6}[max(x-y, y-x)]
		}
		if got := a.Distance(b); got != want {
			t.Fatalf("%v to %v: %d, want %d", a, b, got, want)
		}
	}
}

func TestTooSimple(t *testing.T) {
	for name, data := range map[string][]byte{
		"nothing": nil, "49 bytes": []byte(strings.Repeat(fox, 2))[:49], "one byte over and over": bytes.Repeat([]byte{7}, 5000),
	} {
		if d, err := Sum(data); !errors.Is(err, ErrTooSimple) {
			t.Errorf("%s: %s, %v", name, d, err)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for _, text := range []string{"", "T1", "T1" + strings.Repeat("0", 69), "T2" + strings.Repeat("0", 70), strings.Repeat("G", 70)} {
		if _, err := Parse(text); err == nil {
			t.Errorf("%q is taken", text)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("T1A12500088C838B0A0F0EC3C0ACAB82F3B8228B0308CFA302338C0F0AE2C24F28000008")
	f.Fuzz(func(t *testing.T, text string) {
		d, err := Parse(text)
		if err != nil {
			return
		}
		again, err := Parse(d.String())
		if err != nil || again != d || d.Distance(again) != 0 {
			t.Fatalf("%q is read as %s, that as %s (%v)", text, d, again, err)
		}
	})
}

func BenchmarkSum(b *testing.B) {
	data := make([]byte, 1<<20)
	r := rand.New(rand.NewPCG(1, 2))
	for i := range data {
		data[i] = byte(r.Uint32())
	}
	b.SetBytes(1 << 20)
	for b.Loop() {
		if _, err := Sum(data); err != nil {
			b.Fatal(err)
		}
	}
}
