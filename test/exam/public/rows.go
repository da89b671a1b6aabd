package main

import (
	"github.com/vedette-edr/vedette/internal/agent/selftest"
	"github.com/vedette-edr/vedette/internal/agent/selftest/act"
)

// part is what one option does for a row: an event of one of the kinds, with
// these facts, of the exerciser's process or one below it. A text "$PID" stands
// for the last process that the option named.
type part struct {
	option string
	did    string // printed when it was done; empty is always
	kinds  []string
	facts  []act.Fact
}

// row is a row of the public list that the exerciser has something for.
type row struct {
	name   string
	weight float64
	parts  []part
}

// options of the exerciser. The one that traces a process of its choice is the
// last, since what it chooses may end.
func options() []string {
	return []string{
		"DnsQuery", "NetworkConnect", "NetworkListen", "NetworkRawSocket", "ImageLoad", "RawAccessRead", "MemfdCreate", "FileMetadata",
		"UserAccountEvents", "ServiceManagement", "ScheduledTask", "ProcessTerminate", "eBPFProgram", "TamperProcess", "LoadDriver", "ProcessAccess",
	}
}

// rows are those of the self-exam's table, with its weights, of which the
// exerciser does something. It has nothing for logons and for the agent.
func rows() []row {
	parts := parts()
	var out []row
	for _, r := range selftest.Rows() {
		if p := parts[r.Name]; r.Number > 0 && len(p) > 0 {
			out = append(out, row{r.Name, r.Weight, p})
		}
	}
	return out
}

func is(field, text string) act.Fact  { return act.Fact{Field: field, Text: text} }
func has(field, text string) act.Fact { return act.Fact{Field: field, Text: text, Part: true} }
func some(field string) act.Fact      { return act.Fact{Field: field, Part: true} }

func one(option, did, kind string, facts ...act.Fact) part {
	return part{option, did, []string{kind}, facts}
}

// account is the one that the exerciser makes.
const account = "testuser"

func parts() map[string][]part {
	const (
		unit    = "test_telemetry_service.service"
		program = "/test_program"
		command = "Hello from cron task!"
	)
	p := map[string][]part{
		"Process Creation": {
			one("TamperProcess", "Test process started", "process_start", has("process.executable", program), is("process.pid", "$PID")),
			one("MemfdCreate", "memfd-backed child exited with status 0", "process_start", is("process.memory_backed", "true")),
		},
		"Process Termination":   {one("ProcessTerminate", "Terminated child process", "process_end", is("process.pid", "$PID"))},
		"File Deletion":         {one("ServiceManagement", "Service file removed", "file_delete", has("file.path", unit))},
		"Script Content":        {one("DnsQuery", "", "script_run", has("script.path", "lnx_telem_gen.py"), has("script.content", "event_functions"))},
		"Network Connection":    {one("NetworkConnect", "Network connection established", "net_connect", is("destination.port", "80"), is("destination.domain", "google.com"))},
		"Network Socket Listen": {one("NetworkListen", "Listening on", "net_listen", is("source.port", "12345")), one("NetworkRawSocket", "Raw socket bound", "net_raw", is("network.transport", "packet"))},
		"DNS Query": {
			one("DnsQuery", "returned IP", "dns_query", is("dns.question.name", "www.google.com")),
			one("DnsQuery", "returned IP", "dns_answer", is("dns.question.name", "www.google.com"), some("dns.resolved_ip")),
		},
		"Scheduled Task": {
			one("ScheduledTask", "Cron job added", "task_create", has("task.command", command), is("task.schedule", "* * * * *")),
			one("ScheduledTask", "Removed cron job", "task_delete", has("task.command", command)),
		},
		"User Account Created":        {one("UserAccountEvents", "'testuser' created successfully", "account_create", is("user.target.name", account))},
		"User Account Modified":       {one("UserAccountEvents", linesChanged, "account_modify", is("user.target.name", account), some("change.field"))},
		"User Account Deleted":        {one("UserAccountEvents", "'testuser' deleted successfully", "account_delete", is("user.target.name", account))},
		"Driver Load":                 {one("LoadDriver", "test_driver.ko loaded successfully", "module_load", is("module.name", "test_driver"), is("event.outcome", "success"))},
		"Image Load":                  {one("ImageLoad", "Loaded shared library", "library_load", has("file.path", "/libc.so.6"))},
		"eBPF Event":                  {one("eBPFProgram", "Executing pamspy", "bpf_load", is("process.name", "pamspy")), one("eBPFProgram", "Executing pamspy", "bpf_attach", is("process.name", "pamspy"))},
		"Raw Access Read":             {one("RawAccessRead", "b'", "device_open", is("file.path", "/dev/sda"))},
		"Process Access":              {one("ProcessAccess", "Shellcode executed", "process_access", is("process.target.pid", "$PID"))},
		"Process Tampering":           {{"TamperProcess", "Successfully wrote", []string{"process_tamper", "memory_open"}, []act.Fact{is("process.target.pid", "$PID")}}},
		"Memory-Backed File Creation": {one("MemfdCreate", "telemgen-payload-default", "memfd_create", has("file.name", "telemgen-payload-default")), one("MemfdCreate", "memfd-backed", "memfd_create", has("file.name", "telemgen-loader"))},
		"Service Creation":            {one("ServiceManagement", "Systemd daemon reloaded", "service_create", is("change.name", unit))},
		"Service Modification": {
			one("ServiceManagement", "modified successfully", "service_modify", is("change.name", unit), has("service.command", "sleep 3")),
			one("ServiceManagement", "started successfully", "service_control", is("change.name", unit)),
		},
		"Service Deletion": {one("ServiceManagement", "Service file removed", "service_delete", is("change.name", unit))},
	}
	for name, p2 := range files(program) {
		p[name] = p2
	}
	return p
}

// files are the rows about files and what they hold.
func files(program string) map[string][]part {
	written := func(kinds []string, facts ...act.Fact) part {
		const file = "/telemgen_elf_stub." // and later renamed
		return part{"FileMetadata", file[1:] + "elf ->", kinds, append(facts, has("file.path", file))}
	}
	// A digest that an event did not wait for comes in an event of its own.
	late := []string{"file_write", "file_rename", "file_hash"}
	executed := func(name string) []part {
		return []part{
			{"TamperProcess", "Test process started", []string{"process_start", "file_hash"}, []act.Fact{some("file.hash." + name), has("file.path", program)}},
			written(late, some("file.hash."+name)),
		}
	}
	return map[string][]part{
		"File Creation":     {written([]string{"file_create"})},
		"File Modification": {written([]string{"file_write"})},
		"MD5":               executed("md5"),
		"SHA":               append(executed("sha256"), written(late, some("file.hash.sha1"))),
		"Fuzzy Hash":        executed("tlsh"),
		"File Entropy":      {written(late, some("file.entropy"))},
		"File Header Bytes": {written(late, has("file.header_bytes", "7f454c46"))},
		"File Size":         {written([]string{"file_write"}, some("file.size"))},
	}
}
