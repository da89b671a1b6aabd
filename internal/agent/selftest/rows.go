package selftest

import "github.com/vedette-edr/vedette/internal/agent/selftest/act"

// Row is one row of the exam: a thing that happens on hosts and must be told.
type Row struct {
	Number int        `json:"number,omitempty"` // in docs/telemetry.md; 0 is beyond the table
	Name   string     `json:"name"`
	Weight float64    `json:"weight"`
	Kinds  []string   `json:"kinds"`   // of the events that tell of it
	Sensor []string   `json:"sensors"` // that make these events
	acts   []string   // what is done for it, in order; see package act
	only   []string   // kinds that count where an act is for several rows; empty is all
	fields string     // prefix of the names of fields that count; empty is all
	facts  []act.Fact // of events that are awaited; empty is any
	await  bool       // cannot be done in the private place: what others do meanwhile counts
}

// Rows lists the rows of the telemetry exam with their weights, then what is
// beyond its table.
func Rows() []Row {
	return append(table(), beyond()...)
}

func table() []Row {
	return []Row{
		{Number: 1, Name: "Process Creation", Weight: 1, Kinds: []string{"process_start"}, Sensor: []string{"exec"}, acts: []string{"process_start"}},
		{Number: 2, Name: "Process Termination", Weight: 0.5, Kinds: []string{"process_end"}, Sensor: []string{"exec"}, acts: []string{"process_end"}},
		{Number: 3, Name: "File Creation", Weight: 1, Kinds: []string{"file_create"}, Sensor: []string{"file"}, acts: []string{"file_create"}},
		{Number: 4, Name: "File Modification", Weight: 1, Kinds: []string{"file_write"}, Sensor: []string{"file"}, acts: []string{"file_write"}},
		{Number: 5, Name: "File Deletion", Weight: 1, Kinds: []string{"file_delete"}, Sensor: []string{"file"}, acts: []string{"file_delete"}},
		{Number: 6, Name: "User Logon", Weight: 0.7, Kinds: []string{"auth_login"}, Sensor: []string{"auth"}, acts: []string{"logon"}, only: []string{"auth_login"}},
		{Number: 7, Name: "User Logoff", Weight: 0.4, Kinds: []string{"auth_logout"}, Sensor: []string{"auth"}, acts: []string{"logon"}, only: []string{"auth_logout"}},
		{Number: 8, Name: "Logon Failed", Weight: 1, Kinds: []string{"auth_fail"}, Sensor: []string{"auth"}, acts: []string{"logon_failed"}},
		{Number: 9, Name: "Script Content", Weight: 1, Kinds: []string{"script_run"}, Sensor: []string{"script"}, acts: []string{"script_file", "script_argument"}},
		{Number: 10, Name: "Network Connection", Weight: 1, Kinds: []string{"net_connect"}, Sensor: []string{"net"}, acts: []string{"net_connect"}},
		{Number: 11, Name: "Network Socket Listen", Weight: 1, Kinds: []string{"net_listen", "net_raw"}, Sensor: []string{"net", "calls"}, acts: []string{"net_listen", "net_raw"}},
		{Number: 12, Name: "DNS Query", Weight: 1, Kinds: []string{"dns_query", "dns_answer"}, Sensor: []string{"dns"}, acts: []string{"dns_query"}},
		{Number: 13, Name: "Scheduled Task", Weight: 0.7, Kinds: []string{"task_create", "task_modify", "task_delete"}, Sensor: []string{"tasks"}, acts: []string{"task_create", "task_modify", "task_delete"}},
		{Number: 14, Name: "User Account Created", Weight: 1, Kinds: []string{"account_create"}, Sensor: []string{"accounts"}, acts: []string{"account_create"}},
		{Number: 15, Name: "User Account Modified", Weight: 1, Kinds: []string{"account_modify"}, Sensor: []string{"accounts"}, acts: []string{"account_modify"}},
		{Number: 16, Name: "User Account Deleted", Weight: 0.5, Kinds: []string{"account_delete"}, Sensor: []string{"accounts"}, acts: []string{"account_delete"}},
		{Number: 17, Name: "Driver Load", Weight: 1, Kinds: []string{"module_load"}, Sensor: []string{"calls"}, await: true, facts: []act.Fact{{Field: "event.outcome", Text: "success"}}},
		{Number: 18, Name: "Image Load", Weight: 1, Kinds: []string{"library_load"}, Sensor: []string{"library"}, acts: []string{"library_load"}},
		{Number: 19, Name: "eBPF Event", Weight: 1, Kinds: []string{"bpf_load", "bpf_attach"}, Sensor: []string{"calls"}, acts: []string{"bpf"}},
		{Number: 20, Name: "Raw Access Read", Weight: 1, Kinds: []string{"device_open"}, Sensor: []string{"file"}, acts: []string{"device_open"}},
		{Number: 21, Name: "Process Access", Weight: 1, Kinds: []string{"process_access"}, Sensor: []string{"calls"}, acts: []string{"process_access"}},
		{Number: 22, Name: "Process Tampering", Weight: 1, Kinds: []string{"process_tamper", "memory_open"}, Sensor: []string{"calls", "file"}, acts: []string{"process_tamper"}},
		{Number: 23, Name: "Memory-Backed File Creation", Weight: 1, Kinds: []string{"memfd_create"}, Sensor: []string{"calls"}, acts: []string{"memfd_create"}},
		{Number: 24, Name: "Service Creation", Weight: 1, Kinds: []string{"service_create"}, Sensor: []string{"services"}, acts: []string{"service_create"}},
		{Number: 25, Name: "Service Modification", Weight: 0.7, Kinds: []string{"service_modify", "service_control"}, Sensor: []string{"services"}, acts: []string{"service_modify", "service_enable", "service_disable"}},
		{Number: 26, Name: "Service Deletion", Weight: 0.6, Kinds: []string{"service_delete"}, Sensor: []string{"services"}, acts: []string{"service_delete"}},
		{Number: 27, Name: "Agent Start", Weight: 0.2, Kinds: []string{"agent_start"}},
		{Number: 28, Name: "Agent Stop", Weight: 0.8, Kinds: []string{"agent_stop"}},
		{Number: 29, Name: "MD5", Weight: 1, Kinds: []string{"process_start", "file_write"}, Sensor: []string{"exec", "file"}, acts: []string{"executed_hash", "dropped_hash"}, fields: "hash.md5"},
		{Number: 30, Name: "SHA", Weight: 1, Kinds: []string{"process_start", "file_write"}, Sensor: []string{"exec", "file"}, acts: []string{"executed_hash", "dropped_hash"}, fields: "hash.sha"},
		{Number: 31, Name: "Fuzzy Hash", Weight: 1, Kinds: []string{"process_start", "file_write"}, Sensor: []string{"exec", "file"}, acts: []string{"executed_hash", "dropped_hash"}, fields: "hash.tlsh"},
		{Number: 32, Name: "File Entropy", Weight: 0.5, Kinds: []string{"file_write"}, Sensor: []string{"file"}, acts: []string{"file_header"}, fields: "file.entropy"},
		{Number: 33, Name: "File Header Bytes", Weight: 0.5, Kinds: []string{"file_write"}, Sensor: []string{"file"}, acts: []string{"file_header"}, fields: "file.header_bytes"},
		{Number: 34, Name: "File Size", Weight: 0.2, Kinds: []string{"file_write"}, Sensor: []string{"file"}, acts: []string{"file_header"}, fields: "file.size"},
	}
}

func service(name string) []act.Fact { return []act.Fact{{Field: "logon.service", Text: name}} }

// beyond lists what the table does not ask for; it has no weight.
func beyond() []Row {
	return []Row{
		{Name: "File Rename", Kinds: []string{"file_rename"}, Sensor: []string{"file"}, acts: []string{"file_rename"}},
		{Name: "File Mode", Kinds: []string{"file_chmod"}, Sensor: []string{"file"}, acts: []string{"file_chmod"}},
		{Name: "File Owner", Kinds: []string{"file_chown"}, Sensor: []string{"file"}, acts: []string{"file_chown"}},
		{Name: "File Attribute", Kinds: []string{"file_xattr"}, Sensor: []string{"file"}, acts: []string{"file_xattr"}},
		{Name: "Credential Change", Kinds: []string{"credential_change"}, Sensor: []string{"calls"}, acts: []string{"credential_change"}},
		{Name: "Namespace Change", Kinds: []string{"namespace_change"}, Sensor: []string{"calls"}, acts: []string{"namespace_change"}},
		{Name: "Mount", Kinds: []string{"mount_create", "mount_remove"}, Sensor: []string{"calls"}, acts: []string{"mount"}},
		{Name: "Signal", Kinds: []string{"process_signal"}, Sensor: []string{"calls"}, acts: []string{"process_signal"}},
		{Name: "io_uring", Kinds: []string{"uring_create"}, Sensor: []string{"calls"}, acts: []string{"uring_create"}},
		{Name: "Executable Memory", Kinds: []string{"memory_execute"}, Sensor: []string{"calls"}, acts: []string{"memory_execute"}},
		{Name: "Memory-Backed Execution", Kinds: []string{"process_start"}, Sensor: []string{"exec"}, acts: []string{"memfd_execute"}},
		{Name: "Preloaded Library", Kinds: []string{"process_start"}, Sensor: []string{"exec"}, acts: []string{"preload"}},
		{Name: "Raw Socket", Kinds: []string{"net_raw"}, Sensor: []string{"calls"}, acts: []string{"net_raw"}},
		{Name: "TLS Hello", Kinds: []string{"tls_hello"}, Sensor: []string{"dns"}, acts: []string{"tls_hello"}},
		{Name: "Package Installed", Kinds: []string{"package_install"}, Sensor: []string{"packages"}, acts: []string{"package_install"}},
		{Name: "Package Removed", Kinds: []string{"package_remove"}, Sensor: []string{"packages"}, acts: []string{"package_remove"}},
		{Name: "Setting Change", Kinds: []string{"setting_change"}, Sensor: []string{"settings"}, acts: []string{"setting_change"}},
		{Name: "Kernel Setting", Kinds: []string{"sysctl_change"}, Sensor: []string{"sysctl"}, acts: []string{"sysctl_change"}},
		{Name: "Log Tampering", Kinds: []string{"log_tamper"}, Sensor: []string{"auth"}, acts: []string{"log_tamper"}},
		{Name: "Logon by ssh", Kinds: []string{"auth_login"}, Sensor: []string{"auth"}, await: true, facts: service("sshd")},
		{Name: "Logon by ssh Failed", Kinds: []string{"auth_fail"}, Sensor: []string{"auth"}, await: true, facts: service("sshd")},
		{Name: "Session of cron", Kinds: []string{"auth_login"}, Sensor: []string{"auth"}, await: true, facts: service("cron")},
		{Name: "Service Control", Kinds: []string{"service_control"}, Sensor: []string{"services"}, await: true},
		{Name: "Kernel Log", Kinds: []string{"kernel_log_clear"}, Sensor: []string{"calls"}, await: true},
	}
}
