package index

import (
	"math"
	"strings"
)

// common are texts that very many records hold.
const common = "/usr/bin/local/sbin/lib/etc/home/var/ c:\\windows\\system32\\windowspowershell\\v1.0\\program files (x86)\\microsoft.exe .dll.com http:// https:// --config -c powershell.exe cmd.exe users\\public appdata\\local\\temp software\\microsoft\\windows\\currentversion\\ hklm\\system\\currentcontrolset\\services\\ command authority kernelbase.dll ntdll.dll kernel32.dll user32.dll\\system"

// commonness estimates the share of records that have l. It only decides which
// conditions are looked at, never what they are true of.
func commonness(l literal) float64 {
	n := float64(min(len(l.text), 14))
	if !isASCII([]byte(l.text)) {
		return 0.0005
	}
	if l.where == whole {
		return wholeCommonness(l.text)
	}
	if name := lastName(l.text); l.where == atEnd && name != "" {
		if often := programs(name); often > 0 {
			return often
		}
	}
	if (l.where == inside || len(l.text) > 2) && len(l.text) <= 24 && strings.Contains(common, l.text) {
		return max(0.3, 1-0.1*n)
	}
	if l.where == inside {
		return insideCommonness(l.text)
	}
	return math.Pow(0.6, n)/2 + 0.002
}

// insideCommonness multiplies what each character leaves.
func insideCommonness(text string) float64 {
	p := 1.0
	for i := range min(len(text), 14) {
		switch c := text[i]; {
		case 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || strings.IndexByte(" \\/.-:\"_", c) >= 0:
			if i > 0 {
				p *= 0.55
			}
		default:
			p *= 0.2
		}
	}
	return p
}

// wholeCommonness is of a text that is the whole value.
func wholeCommonness(text string) float64 {
	switch text {
	case "", "-", "true", "false", "0", "system", "high", "medium", "setvalue", "microsoft corporation", "root", "0x3e7":
		return 0.3
	}
	if often := programs(text); often > 0 {
		return often
	}
	if often := programs(lastName(text)); often > 0 {
		return often
	}
	if len(text) <= 5 {
		return 0.03
	}
	return 0.004
}

func lastName(path string) string { return path[strings.LastIndexAny(path, `\/`)+1:] }

// programs estimates the share of records about a program that every host
// runs often; 0 for all others.
func programs(name string) float64 {
	switch name {
	case "svchost.exe", "bash", "sh", "dash", "explorer.exe", "services.exe":
		return 0.12
	case "cmd.exe", "powershell.exe", "conhost.exe", "chrome.exe", "msedge.exe", "python3":
		return 0.1
	case "lsass.exe", "rundll32.exe", "wmiprvse.exe", "dllhost.exe", "taskhostw.exe", "firefox.exe", "systemd", "sudo", "cron", "sshd", "grep", "cat", "sed":
		return 0.04
	case "net.exe", "net1.exe", "reg.exe", "msiexec.exe", "regsvr32.exe", "wscript.exe", "cscript.exe", "schtasks.exe", "winlogon.exe", "curl", "git", "find", "ls", "perl", "outlook.exe", "winword.exe", "excel.exe":
		return 0.02
	}
	return 0
}
