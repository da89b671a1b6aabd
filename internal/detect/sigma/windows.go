package sigma

import (
	"github.com/vedette-edr/vedette/internal/detect/index"
)

const (
	chSysmon   = "Microsoft-Windows-Sysmon/Operational"
	chSecurity = "Security"
)

// sysmon lists the categories that are events of Sysmon, with their ids.
func sysmon() []target {
	on := func(category string, codes ...string) target {
		return target{category: category, channels: []string{chSysmon}, codes: codes}
	}
	events := func(t target, name, value string) target {
		t.require = [2]string{name, value}
		return t
	}
	return []target{
		on("process_creation", "1"),
		{category: "process_creation", channels: []string{chSecurity}, codes: []string{"4688"},
			rename: map[string]string{"Image": "NewProcessName", "ParentImage": "ParentProcessName"}},
		on("file_change", "2"),
		on("network_connection", "3"),
		on("sysmon_status", "4", "16"),
		on("process_termination", "5"),
		on("driver_load", "6"),
		on("image_load", "7"),
		on("create_remote_thread", "8"),
		on("raw_access_thread", "9"),
		on("process_access", "10"),
		on("file_event", "11"),
		on("registry_event", "12", "13", "14"),
		events(on("registry_add", "12"), "EventType", "CreateKey"),
		events(on("registry_delete", "12"), "EventType", "DeleteKey"),
		events(on("registry_delete", "12"), "EventType", "DeleteValue"),
		on("registry_set", "13"),
		on("registry_rename", "14"),
		on("create_stream_hash", "15"),
		on("pipe_created", "17", "18"),
		on("wmi_event", "19", "20", "21"),
		on("dns_query", "22"),
		on("file_delete", "23"),
		on("clipboard_change", "24"),
		on("process_tampering", "25"),
		on("file_delete_detected", "26"),
		on("file_block_executable", "27"),
		on("file_block_shredding", "28"),
		on("file_executable_detected", "29"),
		on("sysmon_error", "255"),
		{category: "ps_module", channels: powershell(), codes: []string{"4103"}},
		{category: "ps_script", channels: powershell(), codes: []string{"4104"}},
		{category: "ps_classic_start", channels: []string{"Windows PowerShell"}, codes: []string{"400"}},
		{category: "ps_classic_provider_start", channels: []string{"Windows PowerShell"}, codes: []string{"600"}},
		{category: "ps_classic_script", channels: []string{"Windows PowerShell"}, codes: []string{"800"}},
	}
}

func powershell() []string {
	return []string{"Microsoft-Windows-PowerShell/Operational", "PowerShellCore/Operational"}
}

// services lists the channels of the services of Windows.
func services() map[string][]string {
	return map[string][]string{
		"application":                          {"Application"},
		"security":                             {chSecurity},
		"system":                               {"System"},
		"sysmon":                               {chSysmon},
		"powershell":                           powershell(),
		"powershell-classic":                   {"Windows PowerShell"},
		"ntlm":                                 {"Microsoft-Windows-NTLM/Operational"},
		"taskscheduler":                        {"Microsoft-Windows-TaskScheduler/Operational"},
		"wmi":                                  {"Microsoft-Windows-WMI-Activity/Operational"},
		"dhcp":                                 {"Microsoft-Windows-DHCP-Server/Operational"},
		"printservice-admin":                   {"Microsoft-Windows-PrintService/Admin"},
		"printservice-operational":             {"Microsoft-Windows-PrintService/Operational"},
		"smbclient-security":                   {"Microsoft-Windows-SmbClient/Security"},
		"smbclient-connectivity":               {"Microsoft-Windows-SmbClient/Connectivity"},
		"smbserver-connectivity":               {"Microsoft-Windows-SMBServer/Connectivity"},
		"terminalservices-localsessionmanager": {"Microsoft-Windows-TerminalServices-LocalSessionManager/Operational"},
		"codeintegrity-operational":            {"Microsoft-Windows-CodeIntegrity/Operational"},
		"applocker":                            applocker(),
		"msexchange-management":                {"MSExchange Management"},
		"windefend":                            {"Microsoft-Windows-Windows Defender/Operational"},
		"firewall-as":                          {"Microsoft-Windows-Windows Firewall With Advanced Security/Firewall"},
		"bits-client":                          {"Microsoft-Windows-Bits-Client/Operational"},
		"security-mitigations":                 {"Microsoft-Windows-Security-Mitigations/Kernel Mode", "Microsoft-Windows-Security-Mitigations/User Mode"},
		"diagnosis-scripted":                   {"Microsoft-Windows-Diagnosis-Scripted/Operational"},
		"shell-core":                           {"Microsoft-Windows-Shell-Core/Operational"},
		"openssh":                              {"OpenSSH/Operational"},
		"ldap":                                 {"Microsoft-Windows-LDAP-Client/Debug"},
		"bitlocker":                            {"Microsoft-Windows-BitLocker/BitLocker Management"},
		"vhdmp":                                {"Microsoft-Windows-VHDMP/Operational"},
		"appxdeployment-server":                {"Microsoft-Windows-AppXDeploymentServer/Operational"},
		"lsa-server":                           {"Microsoft-Windows-LSA/Operational"},
		"appxpackaging-om":                     {"Microsoft-Windows-AppxPackaging/Operational"},
		"dns-client":                           {"Microsoft-Windows-DNS Client Events/Operational"},
		"appmodel-runtime":                     {"Microsoft-Windows-AppModel-Runtime/Admin"},
		"capi2":                                {"Microsoft-Windows-CAPI2/Operational"},
		"certificateservicesclient-lifecycle-system": {"Microsoft-Windows-CertificateServicesClient-Lifecycle-System/Operational"},
		"kernel-shimengine":                          {"Microsoft-Windows-Kernel-ShimEngine/Operational", "Microsoft-Windows-Kernel-ShimEngine/Diagnostic"},
		"application-experience":                     {"Microsoft-Windows-Application-Experience/Program-Telemetry", "Microsoft-Windows-Application-Experience/Program-Compatibility-Assistant"},
		"ntfs":                                       {"Microsoft-Windows-Ntfs/Operational"},
		"hyper-v-worker":                             {"Microsoft-Windows-Hyper-V-Worker"},
		"kernel-event-tracing":                       {"Microsoft-Windows-Kernel-EventTracing"},
		"sense":                                      {"Microsoft-Windows-SENSE/Operational"},
		"servicebus-client":                          {"Microsoft-ServiceBus-Client/Admin", "Microsoft-ServiceBus-Client/Operational"},
		"iis-configuration":                          {"Microsoft-IIS-Configuration/Operational"},
	}
}

func applocker() []string {
	return []string{
		"Microsoft-Windows-AppLocker/MSI and Script", "Microsoft-Windows-AppLocker/EXE and DLL",
		"Microsoft-Windows-AppLocker/Packaged app-Deployment", "Microsoft-Windows-AppLocker/Packaged app-Execution",
	}
}

func windowsTargets(l logsource) []target {
	if l.category == "" && l.service == "" {
		return []target{{}} // every channel of the family
	}
	if l.category == "" {
		if chs := services()[l.service]; chs != nil {
			return []target{{service: l.service, channels: chs}}
		}
		return nil
	}
	var out []target
	for _, t := range sysmon() {
		if t.category == l.category {
			out = append(out, t)
		}
	}
	return out
}

// anyTargets are for log sources without a product: antivirus is what Windows
// Defender reports.
func anyTargets(l logsource) []target {
	if l.category != "antivirus" {
		return nil
	}
	return []target{{
		category: "antivirus", channels: services()["windefend"],
		codes:  []string{"1006", "1007", "1008", "1009", "1010", "1011", "1012", "1017", "1018", "1019", "1115", "1116"},
		rename: map[string]string{"Signature": "ThreatName", "Filename": "Path"},
	}}
}

// windowsFamily is the source of a target without channels.
func windowsFamily() []index.Source { return []index.Source{{Family: "windows"}} }
