package wire

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
)

func TestRulesDocument(t *testing.T) {
	r := Rules{Files: []RuleFile{{Path: "a.yml", Text: strings.Repeat("title: x\n", 1000)}}}
	plain, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	packed, err := Pack(plain)
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{"packed": packed, "not packed": plain} {
		if got, err := DecodeRules(content); err != nil || !reflect.DeepEqual(got, r) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if len(packed) > len(plain)/10 {
		t.Errorf("%d bytes of %d", len(packed), len(plain))
	}
	bomb, err := Pack(make([]byte, MaxRules+1))
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{"cut": packed[:20], "too large": bomb, "empty": nil} {
		if _, err := DecodeRules(content); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
}

func FuzzDecodeRules(f *testing.F) {
	packed, err := Pack([]byte(`{"files":[{"path":"a","text":"b"}]}`))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(packed)
	f.Add([]byte(`{"files":[]}`))
	f.Fuzz(func(t *testing.T, content []byte) {
		if _, err := DecodeRules(content); err == nil && len(content) == 0 {
			t.Fatal("nothing is a document")
		}
	})
}

// TestEmptyPolicy: a policy that says nothing is the default, and one that
// says something wrong is not.
func TestEmptyPolicy(t *testing.T) {
	for _, text := range []string{"", "\n\n", "# respond: on\n", "---\n", "--- # nothing\n...\n", "{}"} {
		if p, err := ParsePolicy("policy.yaml", []byte(text)); err != nil || !reflect.DeepEqual(p, DefaultPolicy()) {
			t.Errorf("%q: %+v, %v", text, p, err)
		}
	}
	for _, text := range []string{"respond: ''", "spool: {max_size: 0}", "[]", "5"} {
		if _, err := ParsePolicy("policy.yaml", []byte(text)); err == nil {
			t.Errorf("%q is taken", text)
		}
	}
}
