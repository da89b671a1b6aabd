package rest

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/vedette-edr/vedette/internal/api"
)

func TestListsAreNeverNull(t *testing.T) {
	for _, v := range []any{
		&out[api.Overview]{}, out[api.AlertList]{Body: api.AlertList{Alerts: []api.Alert{{}}}}, &api.AlertDetail{Host: &api.Host{}},
		api.Tree{Nodes: []api.TreeNode{{}}}, &api.RuleList{Rules: []api.Rule{{}}}, api.TaskAnswer{}, (*api.Host)(nil), nil, 5,
	} {
		got, err := fullLists(nil, "", v)
		if err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(got)
		if err != nil {
			t.Fatal(err)
		}
		for _, list := range []string{"alerts", "gaps", "techniques", "responses", "sensors", "nodes", "children", "warnings", "top_rules", "newest_alerts"} {
			if strings.Contains(string(text), `"`+list+`":null`) {
				t.Errorf("%T: %s is null in %s", v, list, text)
			}
		}
	}
}

func TestHubKeepsWhatFits(t *testing.T) {
	h := NewHub()
	for i := range keptNotices + 10 {
		h.Alert(api.Alert{ID: "a", Count: int64(i)})
	}
	list, missed, next, err := h.wait(t.Context(), 4)
	if err != nil || len(list) != keptNotices || missed != 6 || next != keptNotices+10 || list[0].Alert.Count != 10 {
		t.Errorf("%d notices, %d missed, next %d, %v", len(list), missed, next, err)
	}
	if list[0].Alert.Techniques == nil {
		t.Error("a list is nil")
	}
}
