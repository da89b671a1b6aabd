package all_test

import (
	"bytes"
	"encoding/binary"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/vedette-edr/vedette/internal/record"
	"github.com/vedette-edr/vedette/internal/record/all"
)

// TestWorstInputsEnd reads what is made to be slow: a megabyte of it must not
// take a second.
func TestWorstInputsEnd(t *testing.T) {
	many := func(s string) string { return strings.Repeat(s, 1<<20/len(s)) }
	audit := "type=AVC msg=audit(1600000000.5:2): "
	for name, text := range map[string]string{
		"words of an audit line":       audit + many("denied ") + "\n",
		"quotes of an audit line":      audit + many("a='b ") + "\n",
		"open quotes":                  audit + many(`a="b `) + "\n",
		"fields of an audit line":      audit + "\n" + audit + many("a=b ") + "\n",
		"events that never end":        many(strings.Replace(audit, "AVC", "CWD", 1) + "\n"),
		"lines of one message":         "Feb  1 10:00:00 h sshd[5]: one\n" + many(" x\n"),
		"structured data":              "<1>1 - - - - - " + many(`[a b="c"]`) + "\n",
		"brackets":                     `{"a":` + many("[") + "\n",
		"braces over lines":            "{\n" + many("{\n"),
		"Data of an event":             `{"Event":{"System":{"Channel":"x"},"EventData":{"Data":[` + strings.Repeat(`"`+strings.Repeat("x", 200)+`",`, 4000) + `"x"]}}}` + "\n",
		"UserData of an event":         `{"Event":{"System":{"Channel":"x"},"UserData":{"A":{` + strings.Repeat(`"a":"b",`, 4000) + `"b":"c"}}}}` + "\n",
		"many objects":                 "[" + many("{},") + "{}]",
		"a journal's field":            "__CURSOR=x\nA\n" + string(binary.LittleEndian.AppendUint64(nil, 1<<40)) + many("x"),
		"entries of a journal":         "__CURSOR=x\n\n" + many("a=b\n\n"),
		"backslashes":                  `{"a":"` + many(`\\`) + `"}` + "\n",
		"a chunk of nothing but magic": "ElfChnk\x00" + many("**\x00\x00\x20\x00\x00\x00"),
	} {
		begin := time.Now()
		blocks, _, err := record.Open(all.Formats(), strings.NewReader(text))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		drain(blocks)
		if d := time.Since(begin); d > 5*time.Second { // a second on a machine that does nothing else
			t.Errorf("%s: %d bytes took %s", name, len(text), d)
		}
	}
}

func drain(blocks record.Blocks) {
	var b record.Block
	var batch record.Batch
	for blocks.Next(&b) == nil {
		batch.Reset()
		blocks.Decode(&b, &batch)
	}
}

// FuzzOpen gives anything to the recognition of formats.
func FuzzOpen(f *testing.F) {
	for _, text := range []string{"{}", "[{", "type=X msg=audit(1.5:2):", "<1>1 - - - - - -", "__CURSOR=x\n\n", "ElfFile\x00", "\xff\xfe{\x00", "\x1f\x8b\x08"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		blocks, _, err := record.Open(all.Formats(), io.MultiReader(bytes.NewReader(text)))
		if err == nil {
			drain(blocks)
		}
	})
}
