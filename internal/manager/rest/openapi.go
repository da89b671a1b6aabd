package rest

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/vedette-edr/vedette/internal/api"
	"github.com/vedette-edr/vedette/internal/event"
)

// describe returns the part of the OpenAPI description that is not in routes.
func describe(version string) huma.Config {
	if version == "" {
		version = "devel"
	}
	c := huma.DefaultConfig("Vedette", version)
	c.Info.Description = "The manager's interface for people and programs. Log in with POST " + api.Prefix +
		"/session, or send an API key as `Authorization: Bearer KEY`. Errors are problems (RFC 9457) that name the wrong field."
	c.Info.License = &huma.License{Name: "Apache-2.0", Identifier: "Apache-2.0"}
	c.CreateHooks = nil // no $schema links in answers
	c.OpenAPIPath, c.DocsPath, c.SchemasPath = "", "", ""
	c.RejectUnknownQueryParameters = true
	c.Transformers = []huma.Transformer{fullLists}
	c.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"session": {Type: "apiKey", In: "cookie", Name: Cookie},
		"key":     {Type: "http", Scheme: "bearer"},
	}
	c.Components.Schemas.RegisterTypeAlias(reflect.TypeFor[event.Event](), reflect.TypeFor[eventSchema]())
	return c
}

// Description returns the OpenAPI 3.1 description as JSON, the same bytes for
// the same build.
func (s *Server) Description() ([]byte, error) {
	b, err := json.MarshalIndent(s.api.OpenAPI(), "", "  ")
	if err != nil {
		return nil, fmt.Errorf("describe the routes: %w", err)
	}
	return append(b, '\n'), nil
}

// eventSchema stands for event.Event, whose JSON is nested ECS objects that the
// list of fields describes.
type eventSchema struct{}

// Schema implements huma.SchemaProvider.
func (eventSchema) Schema(r huma.Registry) *huma.Schema {
	const name = "Event"
	if _, ok := r.Map()[name]; !ok {
		root := object("One thing that happened on one host.")
		for _, f := range event.Fields() {
			place(root, strings.Split(f.Name, "."), fieldSchema(f))
		}
		r.Map()[name] = root
	}
	return &huma.Schema{Ref: "#/components/schemas/" + name}
}

func object(doc string) *huma.Schema {
	return &huma.Schema{Type: huma.TypeObject, Description: doc, Properties: map[string]*huma.Schema{}}
}

func place(s *huma.Schema, path []string, leaf *huma.Schema) {
	for _, p := range path[:len(path)-1] {
		next := s.Properties[p]
		if next == nil {
			next = object("")
			s.Properties[p] = next
		}
		s = next
	}
	s.Properties[path[len(path)-1]] = leaf
}

func fieldSchema(f event.Field) *huma.Schema {
	s := &huma.Schema{Type: huma.TypeString, Description: f.Doc}
	switch f.Type {
	case event.Strings:
		s.Type, s.Items = huma.TypeArray, &huma.Schema{Type: huma.TypeString}
	case event.Int, event.OptInt64:
		s.Type, s.Format = huma.TypeInteger, "int64"
	case event.Float:
		s.Type = huma.TypeNumber
	case event.Bool:
		s.Type = huma.TypeBoolean
	case event.Instant:
		s.Format = "date-time"
	}
	return s
}

// describeStream adds the live stream, which is no REST route, to the
// description.
func (s *Server) describeStream() {
	registry := s.api.OpenAPI().Components.Schemas
	message := registry.Schema(reflect.TypeFor[api.StreamMessage](), true, "StreamMessage")
	registry.Schema(reflect.TypeFor[api.StreamRequest](), true, "StreamRequest")
	s.api.OpenAPI().Paths[api.Prefix+"/stream"] = &huma.PathItem{Get: &huma.Operation{
		OperationID: "stream", Summary: "Live stream (WebSocket): events, alerts and hosts as they come", Tags: []string{"stream"},
		Description: "Each message is a StreamMessage. A StreamRequest sent as a text message replaces what was wanted before. " +
			"A client that reads too slowly gets a message of type gap in place of what it missed.",
		Security:   []map[string][]string{{"session": {}}, {"key": {}}},
		Extensions: map[string]any{"x-role": api.RoleViewer},
		Parameters: []*huma.Param{
			queryParam("topics", "events, alerts, hosts; separated by commas"),
			queryParam("query", "condition that events must meet"),
			queryParam("resume", "id of the last message that was seen"),
		},
		Responses: map[string]*huma.Response{
			"101": {Description: "The stream is open", Content: map[string]*huma.MediaType{"application/json": {Schema: message}}},
		},
	}}
}

func queryParam(name, doc string) *huma.Param {
	return &huma.Param{Name: name, In: "query", Description: doc, Schema: &huma.Schema{Type: huma.TypeString}}
}
