package rest

import (
	"context"
	"net/http"
	"time"

	"github.com/vedette-edr/vedette/internal/api"
	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/manager/user"
)

// Sessions proves who makes a request.
type Sessions interface {
	// Login returns the secret of a new session.
	Login(ctx context.Context, in api.Login, address string) (secret string, s api.Session, err error)
	// Resume returns who has the session; secret is not empty when the client
	// must use a new one from now on.
	Resume(ctx context.Context, old, address string) (id user.Identity, s api.Session, secret string, err error)
	// Alive returns who has an open session, which may have got new secrets
	// since.
	Alive(ctx context.Context, name string, s api.Session) (user.Identity, error)
	Logout(ctx context.Context, secret string) error
	ChangePassword(ctx context.Context, name string, in api.PasswordChange) error
	// ByKey returns who has the API key.
	ByKey(ctx context.Context, secret, address string) (user.Identity, error)
}

// Users keeps users and their API keys.
type Users interface {
	List(ctx context.Context) ([]api.User, error)
	Create(ctx context.Context, in api.NewUser) (api.CreatedUser, error)
	Change(ctx context.Context, name string, in api.UserChange) (api.CreatedUser, error)
	Delete(ctx context.Context, name string) error
	Keys(ctx context.Context, of string) ([]api.Key, error)
	CreateKey(ctx context.Context, of user.Identity, in api.NewKey) (api.CreatedKey, error)
	RevokeKey(ctx context.Context, of, id string) error
}

// Tokens keeps enrolment tokens.
type Tokens interface {
	Tokens(ctx context.Context) ([]api.Token, error)
	CreateToken(ctx context.Context, in api.NewToken, by string) (api.CreatedToken, error)
	RevokeToken(ctx context.Context, id string) error
}

// Hosts knows the hosts and their groups.
type Hosts interface {
	Hosts(ctx context.Context, q api.HostQuery) (api.HostList, error)
	Host(ctx context.Context, id string) (api.Host, error)
	ChangeHost(ctx context.Context, id string, in api.HostChange) (api.Host, error)
	DeleteHost(ctx context.Context, id string) error
	Groups(ctx context.Context) ([]api.Group, error)
	CreateGroup(ctx context.Context, name, by string) (api.Group, error)
	DeleteGroup(ctx context.Context, name string) error
}

// Tracks knows how whole the telemetry is.
type Tracks interface {
	Track(ctx context.Context, host string, from, to time.Time) (api.Track, error)
	Tracks(ctx context.Context, from, to time.Time) ([]api.Track, error)
	Completeness(ctx context.Context, from, to time.Time) (api.Completeness, error)
}

// Policies keeps the policies of groups.
type Policies interface {
	Policy(ctx context.Context, group string) (api.Policy, error)
	PolicyVersions(ctx context.Context, group string) ([]api.Policy, error)
	SetPolicy(ctx context.Context, group string, in api.PolicyChange, by string) (api.Policy, error)
}

// Rules knows the rules in force.
type Rules interface {
	Rules(ctx context.Context) (api.RuleList, error)
	Rule(ctx context.Context, id string) (api.RuleDetail, error)
	// Reload reads the own rules again.
	Reload(ctx context.Context) (api.RuleList, error)
	// RuleChanges keeps rules and their history.
	RuleChanges
}

// RuleChanges keeps rules and their history.
type RuleChanges interface {
	ChangeRules(ctx context.Context, c api.RuleChange, by string) (api.RuleChanged, error)
	LintRule(ctx context.Context, t api.RuleText) (api.RuleLint, error)
	RuleVersions(ctx context.Context) (api.RuleVersions, error)
	RuleVersion(ctx context.Context, version int64) (api.RuleVersionDetail, error)
	RollBackRules(ctx context.Context, version int64, comment, by string) (api.RuleChanged, error)
}

// IOCs keeps indicators of compromise.
type IOCs interface {
	List(ctx context.Context, q api.IOCQuery) (api.IOCList, error)
	Change(ctx context.Context, c api.IOCChange, by string) (api.IOCChanged, error)
	Remove(ctx context.Context, r api.IOCRemoval, by string) (api.IOCChanged, error)
	Test(ctx context.Context, t api.IOCTest) (api.IOCTested, error)
	Versions(ctx context.Context) (api.IOCVersions, error)
}

// Tasks gives tasks to hosts.
type Tasks interface {
	Give(ctx context.Context, in api.NewTask, by string) (api.TaskAnswer, error)
	Tasks(ctx context.Context, q api.TaskQuery) (api.TaskList, error)
	Task(ctx context.Context, id string) (api.Task, error)
}

// Alerts keeps the alerts.
type Alerts interface {
	Alerts(ctx context.Context, q api.AlertQuery) (api.AlertList, error)
	AlertGroups(ctx context.Context, q api.AlertQuery) (api.AlertGroups, error)
	Alert(ctx context.Context, id string) (api.AlertDetail, error)
	ChangeAlerts(ctx context.Context, ids []string, in api.AlertChange, by string) ([]api.Alert, error)
	Timeline(ctx context.Context, id string, q api.TimelineQuery) (api.Timeline, error)
	OfEvent(ctx context.Context, eventID string) ([]api.Alert, error)
}

// Events searches the stored events.
type Events interface {
	Search(ctx context.Context, q api.EventQuery) (api.EventList, error)
	Count(ctx context.Context, q api.CountQuery) (api.CountAnswer, error)
	Histogram(ctx context.Context, q api.HistogramQuery) (api.Histogram, error)
	Values(ctx context.Context, field string, q api.ValuesQuery) (api.ValueList, error)
	Event(ctx context.Context, id string) (*event.Event, error)
	Tree(ctx context.Context, id string, q api.TreeQuery) (api.Tree, error)
}

// Audit records and shows what people and agents did.
type Audit interface {
	Record(ctx context.Context, e api.AuditEntry) error
	Entries(ctx context.Context, q api.AuditQuery) (api.AuditList, error)
	Check(ctx context.Context) (api.AuditCheck, error)
}

// Overviews sums up the manager's data.
type Overviews interface {
	Overview(ctx context.Context, from, to time.Time) (api.Overview, error)
	Stats(ctx context.Context) (api.Stats, error)
}

// Stream opens the live stream on an upgraded request.
type Stream interface {
	ServeHTTP(w http.ResponseWriter, r *http.Request)
}

// Deps are the parts that the routes show.
type Deps struct {
	Sessions  Sessions
	Users     Users
	Tokens    Tokens
	Hosts     Hosts
	Tracks    Tracks
	Policies  Policies
	Rules     Rules
	IOCs      IOCs
	Tasks     Tasks
	Alerts    Alerts
	Events    Events
	Audit     Audit
	Overviews Overviews
	Stream    Stream
}
