package schema

import (
	"encoding/json"
	"testing"
	"time"
)

type duration time.Duration

func (d duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

type config struct {
	Name string   `yaml:"name" doc:"What it is called."`
	Idle duration `yaml:"idle"`
	In   struct {
		Level string            `yaml:"level" enum:"low,high"`
		Lists []string          `yaml:"lists,omitempty"`
		Many  []nested          `yaml:"many"`
		Named map[string]nested `yaml:"named"`
	} `yaml:"in"`
	Limit float64 `yaml:"limit"`
	Count int64   `yaml:"count"`
	On    bool    `yaml:"on"`
}

type nested struct {
	Deep bool `yaml:"deep"`
}

func TestText(t *testing.T) {
	c := config{Name: "n", Idle: duration(8 * time.Hour), Limit: 0.5, Count: 3}
	c.In.Lists = []string{"a"}
	text, err := Text("title", c, Tag)
	if err != nil {
		t.Fatal(err)
	}
	const want = `{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "title": "title",
  "type": "object",
  "properties": {
    "count": {
      "type": "integer",
      "default": 3
    },
    "idle": {
      "type": "string",
      "default": "8h0m0s"
    },
    "in": {
      "type": "object",
      "properties": {
        "level": {
          "type": "string",
          "enum": [
            "low",
            "high"
          ]
        },
        "lists": {
          "type": "array",
          "default": [
            "a"
          ],
          "items": {
            "type": "string"
          }
        },
        "many": {
          "type": "array",
          "items": {
            "type": "object",
            "properties": {
              "deep": {
                "type": "boolean",
                "default": false
              }
            },
            "additionalProperties": false
          }
        },
        "named": {
          "type": "object",
          "additionalProperties": {
            "type": "object",
            "properties": {
              "deep": {
                "type": "boolean",
                "default": false
              }
            },
            "additionalProperties": false
          }
        }
      },
      "additionalProperties": false
    },
    "limit": {
      "type": "number",
      "default": 0.5
    },
    "name": {
      "type": "string",
      "description": "What it is called.",
      "default": "n"
    },
    "on": {
      "type": "boolean",
      "default": false
    }
  },
  "additionalProperties": false
}`
	if string(text) != want {
		t.Errorf("%s", text)
	}
	var s Schema
	if err := json.Unmarshal(text, &s); err != nil {
		t.Fatal(err)
	}
	if s.At("in.level") == nil || s.At("in.none") != nil || s.At("in.level.none") != nil {
		t.Error("At does not find what is there and only that")
	}
}
