package api

import "time"

// Task is an action because a person asked.
type Task struct {
	ID       string    `json:"id"`
	Action   string    `json:"action" enum:"kill,suspend,selftest"`
	HostID   string    `json:"host_id"`
	HostName string    `json:"host_name"`
	EntityID string    `json:"entity_id"`
	PID      int64     `json:"pid"`
	Process  string    `json:"process"`
	Start    time.Time `json:"start" doc:"when the process was created"`
	EventID  string    `json:"event_id,omitempty" doc:"event in which the process was seen"`
	AlertID  string    `json:"alert_id,omitempty"`
	By       string    `json:"by"`
	Reason   string    `json:"reason,omitempty"`
	Created  time.Time `json:"created"`
	Expires  time.Time `json:"expires" doc:"the host refuses it after this"`
	Sent     time.Time `json:"sent,omitzero"`
	Finished time.Time `json:"finished,omitzero"`
	Status   string    `json:"status" enum:"queued,sent,done,failed,refused,expired"`
	Result   string    `json:"result,omitempty" doc:"what the host said"`
}

// NewTask asks for a task on the process of an event, or on a host as a whole,
// or with a preview only for what would happen.
type NewTask struct {
	Action  string `json:"action" enum:"kill,suspend,selftest" doc:"selftest: the agent examines itself, with host_id and without a process"`
	HostID  string `json:"host_id,omitempty" maxLength:"128" doc:"host of a selftest, by id or name"`
	EventID string `json:"event_id,omitempty" maxLength:"128" doc:"event whose process is the target; this or alert_id"`
	AlertID string `json:"alert_id,omitempty" maxLength:"64" doc:"alert whose process is the target"`
	Entity  string `json:"entity_id,omitempty" maxLength:"128" doc:"another process of the same host instead, an ancestor for example"`
	Reason  string `json:"reason,omitempty" maxLength:"1024"`
	Preview bool   `json:"preview,omitempty" doc:"do nothing, say what would happen"`
}

// TaskAnswer answers NewTask.
type TaskAnswer struct {
	Preview TaskPreview `json:"preview"`
	Task    *Task       `json:"task,omitempty" doc:"absent in a preview"`
}

// TaskPreview is what a task would do.
type TaskPreview struct {
	Sentence    string     `json:"sentence"`
	HostID      string     `json:"host_id"`
	HostName    string     `json:"host_name"`
	HostStatus  string     `json:"host_status" enum:"online,offline"`
	EntityID    string     `json:"entity_id"`
	PID         int64      `json:"pid"`
	Process     string     `json:"process"`
	CommandLine string     `json:"command_line,omitempty"`
	User        string     `json:"user,omitempty"`
	Start       time.Time  `json:"start"`
	Ended       time.Time  `json:"ended,omitzero" doc:"when the process ended, if it was seen"`
	Children    []TreeNode `json:"children" doc:"processes below it that would go on without it"`
	Undo        string     `json:"undo" doc:"how it can be undone, or that it cannot"`
	Warnings    []string   `json:"warnings"`
	Allowed     bool       `json:"allowed" doc:"false: the task would be refused; see warnings"`
}

// TaskQuery selects tasks.
type TaskQuery struct {
	Page
	Host   string `query:"host" maxLength:"128"`
	Alert  string `query:"alert" maxLength:"64"`
	Status string `query:"status" enum:"queued,sent,done,failed,refused,expired"`
}

// TaskList answers TaskQuery, newest first.
type TaskList struct {
	Tasks []Task `json:"tasks"`
	Next  string `json:"next,omitempty"`
}
