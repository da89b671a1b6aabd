package feed

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/vedette-edr/vedette/internal/detect/ioc"
)

type stixObject struct {
	Type           string   `json:"type"`
	ID             string   `json:"id"`
	Name           string   `json:"name"`
	Description    string   `json:"description"`
	Pattern        string   `json:"pattern"`
	PatternType    string   `json:"pattern_type"`
	ValidUntil     string   `json:"valid_until"`
	CreatedBy      string   `json:"created_by_ref"`
	Revoked        bool     `json:"revoked"`
	Labels         []string `json:"labels"`
	IndicatorTypes []string `json:"indicator_types"`
	Kill           []struct {
		Phase string `json:"phase_name"`
	} `json:"kill_chain_phases"`
	References []struct {
		ID string `json:"external_id"`
	} `json:"external_references"`
}

// stix reads the indicators of a bundle, or one alone. Who made them may stand
// behind them in the bundle, so they are handed on at its end.
func (r *reading) stix(b *bufio.Reader) error {
	dec := json.NewDecoder(whole(b))
	var indicators []stixObject
	makers := map[string]string{}
	take := func(o stixObject) {
		switch o.Type {
		case "indicator":
			indicators = append(indicators, o)
		case "identity":
			makers[o.ID] = o.Name
		}
	}
	if err := stixObjects(r, dec, take); err != nil {
		return err
	}
	for _, o := range indicators {
		if err := r.stixIndicator(o, makers[o.CreatedBy]); err != nil {
			return err
		}
	}
	return nil
}

// stixObjects calls take with each object of a bundle, of a list, or with the
// one that the file is.
func stixObjects(r *reading, dec *json.Decoder, take func(stixObject)) error {
	var top json.RawMessage
	if err := dec.Decode(&top); err != nil {
		return jsonError(err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return errors.New("no whole JSON: something follows the bundle")
	}
	var list []json.RawMessage
	if json.Unmarshal(top, &list) != nil {
		var bundle struct {
			Type    string            `json:"type"`
			Objects []json.RawMessage `json:"objects"`
		}
		if err := json.Unmarshal(top, &bundle); err != nil {
			return jsonError(err)
		}
		if list = bundle.Objects; bundle.Type != "bundle" {
			list = []json.RawMessage{top}
		}
	}
	for n, raw := range list {
		var o stixObject
		if err := json.Unmarshal(raw, &o); err != nil {
			var wrong *json.UnmarshalTypeError
			if !errors.As(err, &wrong) {
				return jsonError(err)
			}
			if o.Type == "indicator" || o.Type == "" {
				r.refuse(place{field: fmt.Sprintf("objects[%d].%s", n, wrong.Field)}, "not a "+wrong.Type.String())
			}
			continue
		}
		take(o)
	}
	return nil
}

func (r *reading) stixIndicator(o stixObject, maker string) error {
	at := func(field string) place { return place{field: o.ID + "." + field} }
	if o.Revoked {
		r.Skipped++
		return nil
	}
	if o.PatternType != "" && o.PatternType != "stix" {
		r.refuse(at("pattern_type"), fmt.Sprintf("a pattern in %.40q is not read", o.PatternType))
		return nil
	}
	is, err := stixPattern(o.Pattern)
	if err != nil {
		r.refuse(at("pattern"), err.Error())
		return nil
	}
	for _, i := range is {
		i.Source, i.Ref = maker, o.ID
		i.Note = strings.Join(compact(o.Name, o.Description), ": ")
		i.Tags = append(append([]string{}, o.Labels...), o.IndicatorTypes...)
		for _, k := range o.Kill {
			i.Tags = append(i.Tags, k.Phase)
		}
		for _, ref := range o.References {
			i.Tags = append(i.Tags, ref.ID)
		}
		if o.ValidUntil != "" {
			if i.Expires, err = timeOf(o.ValidUntil); err != nil {
				r.refuse(at("valid_until"), err.Error())
				return nil
			}
		}
		if err := r.add(at("pattern"), i); err != nil {
			return err
		}
	}
	return nil
}

// hashStrength orders hashes: of those of one file the strongest says all that
// the others say.
func hashStrength(t ioc.Type) int {
	switch t {
	case ioc.SHA256:
		return 3
	case ioc.SHA1:
		return 2
	case ioc.MD5:
		return 1
	}
	return 0
}
