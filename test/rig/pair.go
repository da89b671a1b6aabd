package rig

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/vedette-edr/vedette/internal/api"
)

// Pair is a manager and an agent as two programs, for tests that end them
// apart and for measuring the agent alone.
type Pair struct {
	Dir     string
	Scope   string // cgroup that the agent guards
	Manager *Program
	Agent   *Program
	Client  *Client
	Ready   Ready
	AgentID string
	flags   []string // of the agent
}

// StartPair starts a manager, enrols an agent and starts it. dir keeps their
// data; agentFlags go to `vedette-agent run`.
func StartPair(ctx context.Context, dir, scope string, agentFlags ...string) (*Pair, error) {
	p := &Pair{Dir: dir, Scope: scope, flags: agentFlags}
	if err := p.StartManager(ctx); err != nil {
		return nil, err
	}
	token, err := p.Token(ctx)
	if err != nil {
		p.Close()
		return nil, err
	}
	out, err := exec.CommandContext(ctx, "bin/vedette-agent", "enroll", "--state-dir", p.state(), token).CombinedOutput()
	if err != nil {
		p.Close()
		return nil, fmt.Errorf("enroll: %w: %s", err, out)
	}
	if err := p.StartAgent(); err != nil {
		p.Close()
		return nil, err
	}
	return p, nil
}

// StartAlone starts an agent without a manager. dir keeps its data; scope is the
// cgroup that it guards, "" the whole host.
func StartAlone(dir, scope string, agentFlags ...string) (*Pair, error) {
	p := &Pair{Dir: dir, Scope: scope, flags: agentFlags}
	return p, p.StartAgent()
}

// Token makes an enrolment token that is good once.
func (p *Pair) Token(ctx context.Context) (string, error) {
	var token api.CreatedToken
	if err := p.Client.Send(ctx, http.MethodPost, "/tokens", api.NewToken{Group: "default"}, &token); err != nil {
		return "", fmt.Errorf("make token: %w", err)
	}
	return token.Secret, nil
}

func (p *Pair) state() string { return filepath.Join(p.Dir, "agent") }

// StartManager starts the manager over its data.
func (p *Pair) StartManager(ctx context.Context) error {
	m, ready, err := StartReady(ctx, filepath.Join(p.Dir, "manager.log"), "", "bin/vedette", "manager", "run", "--json", "--data", filepath.Join(p.Dir, "manager"))
	if err != nil {
		return err
	}
	p.Manager, p.Ready = m, ready
	p.Client, err = NewClient(ready)
	return err
}

// StartAgent starts the agent over its state.
func (p *Pair) StartAgent() error {
	argv := append([]string{"bin/vedette-agent", "run", "--state-dir", p.state(), "--scope", p.Scope}, p.flags...)
	a, err := Start(filepath.Join(p.Dir, "agent.log"), "", nil, argv...)
	p.Agent = a
	return err
}

// Logs returns the ends of both logs, for an error message.
func (p *Pair) Logs() string {
	var s string
	for _, name := range []string{"manager.log", "agent.log"} {
		text, _ := os.ReadFile(filepath.Join(p.Dir, name))
		s += "--- " + name + "\n" + string(text[max(0, len(text)-3000):])
	}
	return s
}

// Close ends both in order.
func (p *Pair) Close() {
	if p.Agent != nil {
		_ = p.Agent.Stop()
	}
	if p.Manager != nil {
		_ = p.Manager.Stop()
	}
}

// Sensing waits until the agent's sensors of programs, files, connections and
// system calls have taken a rung. Others may have none here.
func (p *Pair) Sensing(ctx context.Context) error {
	err := Until(ctx, time.Minute, func() (bool, error) {
		rungs, err := p.Rungs(ctx)
		for _, s := range []string{"exec", "file", "net", "calls"} {
			if rungs[s] == "" {
				return false, err
			}
		}
		return true, nil
	})
	if err != nil {
		return fmt.Errorf("sensors do not come up: %w\n%s", err, p.Logs())
	}
	return nil
}

// Rungs returns the rung that each sensor of the agent has taken; none of an
// agent that does not answer yet.
func (p *Pair) Rungs(ctx context.Context) (map[string]string, error) {
	status, err := p.Status(ctx)
	if err != nil {
		return nil, err
	}
	rungs := map[string]string{}
	for _, s := range status.Sensors {
		rungs[s.Name] = s.Rung
	}
	return rungs, nil
}

// Status is a part of what the agent says of itself.
type Status struct {
	Sensors []struct {
		Name string `json:"name"`
		Rung string `json:"rung"`
	} `json:"sensors"`
	Governor struct {
		Percent float64 `json:"percent"`
		Level   int     `json:"level"`
		Given   string  `json:"given_up"`
	} `json:"governor"`
	Losses []struct {
		Stage  string `json:"stage"`
		Kind   string `json:"kind"`
		State  string `json:"state"`
		Reason string `json:"reason"`
		Count  int64  `json:"count"`
	} `json:"losses"`
}

// Status asks the agent how it is; an agent that does not answer yet says
// nothing.
func (p *Pair) Status(ctx context.Context) (Status, error) {
	var s Status
	out, err := exec.CommandContext(ctx, "bin/vedette-agent", "status", "--json", "--state-dir", p.state()).Output()
	if err != nil {
		return s, nil // not there yet
	}
	if err := json.Unmarshal(out, &s); err != nil {
		return s, fmt.Errorf("read agent's status: %w", err)
	}
	return s, nil
}
