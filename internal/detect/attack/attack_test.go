package attack

import (
	"bytes"
	"encoding/json"
	"slices"
	"testing"
)

func TestLayer(t *testing.T) {
	l := New("n")
	l.Describe("d")
	for _, add := range [][2]string{{"T1105", "b"}, {"T1059.004", "a"}, {"T1105", "a"}, {"T1105", "a"}} {
		l.Add(add[0], add[1])
	}
	var b bytes.Buffer
	if err := l.Write(&b); err != nil {
		t.Fatal(err)
	}
	var got struct {
		Name, Domain, Description string
		Versions                  map[string]string
		Techniques                []struct {
			TechniqueID string
			Score       int
			Comment     string
			Metadata    []struct{ Name, Value string }
		}
		Gradient struct{ MaxValue int }
	}
	if err := json.Unmarshal(b.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if got.Name != "n" || got.Domain != "enterprise-attack" || got.Description != "d" || got.Versions["layer"] == "" || got.Gradient.MaxValue != 3 {
		t.Errorf("the layer is %+v", got)
	}
	if len(got.Techniques) != 2 || got.Techniques[0].TechniqueID != "T1059.004" || got.Techniques[1].Score != 3 ||
		got.Techniques[1].Comment != "a; b" || got.Techniques[1].Metadata[0].Value != "2" {
		t.Errorf("the techniques are %+v", got.Techniques)
	}
	counts := l.Counts()
	if len(counts) != 2 || counts[1].Technique != "T1105" || counts[1].Score != 3 || !slices.Equal(counts[1].Rules, []string{"a", "b"}) {
		t.Errorf("the counts are %+v", counts)
	}
}

func TestALayerWithoutTechniquesHasAList(t *testing.T) {
	var b bytes.Buffer
	if err := New("n").Write(&b); err != nil || !bytes.Contains(b.Bytes(), []byte(`"techniques": []`)) {
		t.Errorf("%v: %s", err, b.String())
	}
}
