package sigma

import "github.com/vedette-edr/vedette/internal/event"

// This file is the one table of what the log sources and the field names of
// Sigma mean here. docs/sigma.md shows it; a test compares the part about
// Windows with the table of the public rules.

// source is a line of the table of log sources: the keys of a rule, which of
// our events they mean, and which foreign records.
type source struct {
	product, category, service string

	kinds []event.Kind // our events
	has   section      // fields of theirs beside those of the process

	channels []string          // foreign records; without any, every channel of the product
	codes    []string          // ids of the records; without any, all
	require  [2]string         // a name of the record and the value that it must have
	rename   map[string]string // names of the rule to names of the record
}

// section is a set of fields that only some events have.
type section uint8

const (
	ofFile section = 1 << iota
	ofNet
	ofName
)

// sources is the table of log sources. Several lines with the same keys stand
// together for what a rule means.
func sources() []source {
	var out []source
	add := func(s source) { out = append(out, s) }

	// Linux: our own events, and records as other tools write them.
	linux := func(category, channel string, has section, kinds ...event.Kind) {
		s := source{product: "linux", category: category, has: has, kinds: kinds}
		if channel != "" {
			s.channels = []string{channel}
		}
		add(s)
	}
	linux("process_creation", "Linux-Process", 0, event.ProcessStart)
	linux("process_termination", "", 0, event.ProcessEnd)
	linux("file_event", "Linux-File", ofFile, event.FileCreate, event.FileWrite, event.FileRename)
	linux("file_access", "", ofFile, event.FileOpen)
	linux("file_change", "", ofFile, event.FileChmod, event.FileChown, event.FileXattr)
	linux("file_delete", "", ofFile, event.FileDelete)
	linux("file_rename", "", ofFile, event.FileRename)
	linux("account_change", "", ofFile, event.AccountCreate, event.AccountModify)
	linux("task_change", "", ofFile, event.TaskCreate, event.TaskModify)
	linux("script_execution", "", 0, event.ScriptRun, event.ShellCommand)
	// A file of settings, told by the sensor of files and by that of settings: a
	// rule about both is one alert for one act.
	linux("configuration_change", "Linux-File", ofFile, event.FileCreate, event.FileWrite, event.FileRename, event.SettingChange)
	linux("network_connection", "Linux-Network", ofNet, event.NetConnect, event.NetAccept)
	add(source{product: "linux", service: "auditd", channels: []string{"Linux-Auditd"}})
	add(source{product: "linux", service: anyService, channels: []string{"Linux-Syslog"}})
	for _, k := range event.Kinds() { // a rule may name one of our kinds
		linux(k.String(), "", ofFile|ofNet|ofName, k)
	}
	// What was asked and answered, on any system.
	add(source{category: "dns", has: ofNet | ofName, kinds: []event.Kind{event.DNSQuery, event.DNSAnswer}})

	// Windows: events of Sysmon by their ids.
	sysmon := func(category string, codes ...string) source {
		return source{product: "windows", category: category, channels: []string{"Microsoft-Windows-Sysmon/Operational"}, codes: codes}
	}
	typed := func(category, code, eventType string) source {
		s := sysmon(category, code)
		s.require = [2]string{"EventType", eventType}
		return s
	}
	add(sysmon("process_creation", "1"))
	add(source{product: "windows", category: "process_creation", channels: []string{"Security"}, codes: []string{"4688"},
		rename: map[string]string{"Image": "NewProcessName", "ParentImage": "ParentProcessName"}})
	add(sysmon("file_change", "2"))
	add(sysmon("network_connection", "3"))
	add(sysmon("sysmon_status", "4", "16"))
	add(sysmon("process_termination", "5"))
	add(sysmon("driver_load", "6"))
	add(sysmon("image_load", "7"))
	add(sysmon("create_remote_thread", "8"))
	add(sysmon("raw_access_thread", "9"))
	add(sysmon("process_access", "10"))
	add(sysmon("file_event", "11"))
	add(sysmon("registry_event", "12", "13", "14"))
	add(typed("registry_add", "12", "CreateKey"))
	add(typed("registry_delete", "12", "DeleteKey"))
	add(typed("registry_delete", "12", "DeleteValue"))
	add(sysmon("registry_set", "13"))
	add(sysmon("registry_rename", "14"))
	add(sysmon("create_stream_hash", "15"))
	add(sysmon("pipe_created", "17", "18"))
	add(sysmon("wmi_event", "19", "20", "21"))
	add(sysmon("dns_query", "22"))
	add(sysmon("file_delete", "23"))
	add(sysmon("clipboard_change", "24"))
	add(sysmon("process_tampering", "25"))
	add(sysmon("file_delete_detected", "26"))
	add(sysmon("file_block_executable", "27"))
	add(sysmon("file_block_shredding", "28"))
	add(sysmon("file_executable_detected", "29"))
	add(sysmon("sysmon_error", "255"))

	// Windows: scripts.
	log := func(category, code string, channels ...string) {
		add(source{product: "windows", category: category, channels: channels, codes: []string{code}})
	}
	log("ps_module", "4103", "Microsoft-Windows-PowerShell/Operational", "PowerShellCore/Operational")
	log("ps_script", "4104", "Microsoft-Windows-PowerShell/Operational", "PowerShellCore/Operational")
	log("ps_classic_start", "400", "Windows PowerShell")
	log("ps_classic_provider_start", "600", "Windows PowerShell")
	log("ps_classic_script", "800", "Windows PowerShell")

	// What an antivirus found: records of Windows Defender.
	add(source{category: "antivirus", channels: []string{"Microsoft-Windows-Windows Defender/Operational"},
		codes:  []string{"1006", "1007", "1008", "1009", "1010", "1011", "1012", "1017", "1018", "1019", "1115", "1116"},
		rename: map[string]string{"Signature": "ThreatName", "Filename": "Path"}})

	// Windows: event logs by their channels.
	add(source{product: "windows"})
	for _, s := range services() {
		add(source{product: "windows", service: s.service, channels: s.channels})
	}
	return out
}

// anyService stands for every service of a product that has no line of its
// own, and for rules with the product alone.
const anyService = "*"

// serviceLog is a service of Windows with its channels.
type serviceLog struct {
	service  string
	channels []string
}

func services() []serviceLog {
	return []serviceLog{
		{"application", []string{"Application"}},
		{"security", []string{"Security"}},
		{"system", []string{"System"}},
		{"sysmon", []string{"Microsoft-Windows-Sysmon/Operational"}},
		{"powershell", []string{"Microsoft-Windows-PowerShell/Operational", "PowerShellCore/Operational"}},
		{"powershell-classic", []string{"Windows PowerShell"}},
		{"ntlm", []string{"Microsoft-Windows-NTLM/Operational"}},
		{"taskscheduler", []string{"Microsoft-Windows-TaskScheduler/Operational"}},
		{"wmi", []string{"Microsoft-Windows-WMI-Activity/Operational"}},
		{"dhcp", []string{"Microsoft-Windows-DHCP-Server/Operational"}},
		{"printservice-admin", []string{"Microsoft-Windows-PrintService/Admin"}},
		{"printservice-operational", []string{"Microsoft-Windows-PrintService/Operational"}},
		{"smbclient-security", []string{"Microsoft-Windows-SmbClient/Security"}},
		{"smbclient-connectivity", []string{"Microsoft-Windows-SmbClient/Connectivity"}},
		{"smbserver-connectivity", []string{"Microsoft-Windows-SMBServer/Connectivity"}},
		{"terminalservices-localsessionmanager", []string{"Microsoft-Windows-TerminalServices-LocalSessionManager/Operational"}},
		{"codeintegrity-operational", []string{"Microsoft-Windows-CodeIntegrity/Operational"}},
		{"applocker", []string{"Microsoft-Windows-AppLocker/MSI and Script", "Microsoft-Windows-AppLocker/EXE and DLL",
			"Microsoft-Windows-AppLocker/Packaged app-Deployment", "Microsoft-Windows-AppLocker/Packaged app-Execution"}},
		{"msexchange-management", []string{"MSExchange Management"}},
		{"windefend", []string{"Microsoft-Windows-Windows Defender/Operational"}},
		{"firewall-as", []string{"Microsoft-Windows-Windows Firewall With Advanced Security/Firewall"}},
		{"bits-client", []string{"Microsoft-Windows-Bits-Client/Operational"}},
		{"security-mitigations", []string{"Microsoft-Windows-Security-Mitigations/Kernel Mode", "Microsoft-Windows-Security-Mitigations/User Mode"}},
		{"diagnosis-scripted", []string{"Microsoft-Windows-Diagnosis-Scripted/Operational"}},
		{"shell-core", []string{"Microsoft-Windows-Shell-Core/Operational"}},
		{"openssh", []string{"OpenSSH/Operational"}},
		{"ldap", []string{"Microsoft-Windows-LDAP-Client/Debug"}},
		{"bitlocker", []string{"Microsoft-Windows-BitLocker/BitLocker Management"}},
		{"vhdmp", []string{"Microsoft-Windows-VHDMP/Operational"}},
		{"appxdeployment-server", []string{"Microsoft-Windows-AppXDeploymentServer/Operational"}},
		{"lsa-server", []string{"Microsoft-Windows-LSA/Operational"}},
		{"appxpackaging-om", []string{"Microsoft-Windows-AppxPackaging/Operational"}},
		{"dns-client", []string{"Microsoft-Windows-DNS Client Events/Operational"}},
		{"appmodel-runtime", []string{"Microsoft-Windows-AppModel-Runtime/Admin"}},
		{"capi2", []string{"Microsoft-Windows-CAPI2/Operational"}},
		{"certificateservicesclient-lifecycle-system", []string{"Microsoft-Windows-CertificateServicesClient-Lifecycle-System/Operational"}},
		{"kernel-shimengine", []string{"Microsoft-Windows-Kernel-ShimEngine/Operational", "Microsoft-Windows-Kernel-ShimEngine/Diagnostic"}},
		{"application-experience", []string{"Microsoft-Windows-Application-Experience/Program-Telemetry", "Microsoft-Windows-Application-Experience/Program-Compatibility-Assistant"}},
		{"ntfs", []string{"Microsoft-Windows-Ntfs/Operational"}},
		{"hyper-v-worker", []string{"Microsoft-Windows-Hyper-V-Worker"}},
		{"kernel-event-tracing", []string{"Microsoft-Windows-Kernel-EventTracing"}},
		{"sense", []string{"Microsoft-Windows-SENSE/Operational"}},
		{"servicebus-client", []string{"Microsoft-ServiceBus-Client/Admin", "Microsoft-ServiceBus-Client/Operational"}},
		{"iis-configuration", []string{"Microsoft-IIS-Configuration/Operational"}},
	}
}

// mapping is a line of the table of fields: the name in Sigma's taxonomy, our
// field, which events have it, and how values differ.
type mapping struct {
	sigma  string
	field  string
	of     section           // 0 is every event with a process
	values map[string]string // by the folded value of the rule
}

// fields is the table of fields. Names of our own fields stand for themselves.
func fields() []mapping {
	return []mapping{
		{sigma: "Image", field: "process.executable"},
		{sigma: "CommandLine", field: "process.command_line"},
		{sigma: "ProcessId", field: "process.pid"},
		{sigma: "ProcessGuid", field: "process.entity_id"},
		{sigma: "CurrentDirectory", field: "process.working_directory"},
		{sigma: "User", field: "user.name"},
		{sigma: "LogonId", field: "user.id"},
		{sigma: "TerminalSessionId", field: "process.audit_session.id"},
		{sigma: "ParentImage", field: "process.parent.executable"},
		{sigma: "ParentCommandLine", field: "process.parent.command_line"},
		{sigma: "ParentProcessId", field: "process.parent.pid"},
		{sigma: "ParentProcessGuid", field: "process.parent.entity_id"},
		{sigma: "GrandParentImage", field: "process.ancestors.executable"},
		{sigma: "md5", field: "process.hash.md5"},
		{sigma: "sha1", field: "process.hash.sha1"},
		{sigma: "sha256", field: "process.hash.sha256"},
		{sigma: "Computer", field: "host.name"},
		{sigma: "ComputerName", field: "host.name"},
		{sigma: "Hostname", field: "host.name"},
		{sigma: "UtcTime", field: "@timestamp"},
		{sigma: "TargetFilename", field: "file.path", of: ofFile},
		{sigma: "SourceFilename", field: "file.original_path", of: ofFile},
		{sigma: "DestinationIp", field: "destination.ip", of: ofNet},
		{sigma: "DestinationPort", field: "destination.port", of: ofNet},
		{sigma: "DestinationHostname", field: "destination.domain", of: ofNet},
		{sigma: "SourceIp", field: "source.ip", of: ofNet},
		{sigma: "SourcePort", field: "source.port", of: ofNet},
		{sigma: "Protocol", field: "network.transport", of: ofNet},
		{sigma: "QueryName", field: "dns.question.name", of: ofName},
		{sigma: "query", field: "dns.question.name", of: ofName},
		{sigma: "record_type", field: "dns.question.type", of: ofName},
		{sigma: "QueryStatus", field: "dns.response_code", of: ofName, values: map[string]string{"0": "NOERROR", "9001": "FORMERR", "9002": "SERVFAIL", "9003": "NXDOMAIN", "9005": "REFUSED"}},
		{sigma: "QueryResults", field: "dns.answers.data", of: ofName},
		{sigma: "answer", field: "dns.answers.data", of: ofName},
		{sigma: "Initiated", field: "network.direction", of: ofNet, values: map[string]string{"true": "egress", "false": "ingress"}},
	}
}
