package ioc

import (
	"slices"

	"github.com/vedette-edr/vedette/internal/event"
)

// look says what is looked up of a value.
type look uint8

const (
	lookNothing look = iota
	lookMD5
	lookSHA1
	lookSHA256
	lookImphash
	lookTLSH
	lookHashes  // one hash of any kind, or "SHA256=...,IMPHASH=..."
	lookAddress // an address, perhaps with a port
	lookDomain
	lookAnswers // of a DNS query: addresses and names, separated by ";"
	lookURL
	lookPath
	lookText // a command line or a script: URLs stand in it
)

// typedField is a field of our events that is looked at.
type typedField struct {
	id   event.FieldID
	look look
}

// programFields are looked at when a program was executed, fileFields and
// netFields in all events else: so that a bad program is told once and not with
// all that it does. Fields that this build does not have are left out.
func programFields() []typedField {
	return known([]namedField{
		{"process.hash.sha256", lookSHA256}, {"process.hash.sha1", lookSHA1}, {"process.hash.md5", lookMD5}, {"process.hash.tlsh", lookTLSH},
		{"process.pe.imphash", lookImphash}, {"process.executable", lookPath}, {"process.script", lookPath}, {"process.command_line", lookText},
	})
}

func fileFields() []typedField {
	return known([]namedField{
		{"file.hash.sha256", lookSHA256}, {"file.hash.sha1", lookSHA1}, {"file.hash.md5", lookMD5}, {"file.hash.tlsh", lookTLSH},
		{"file.pe.imphash", lookImphash}, {"file.path", lookPath}, {"file.original_path", lookPath}, {"file.target_path", lookPath},
	})
}

func netFields() []typedField {
	return known([]namedField{
		{"source.ip", lookAddress}, {"destination.ip", lookAddress}, {"destination.domain", lookDomain},
		{"dns.question.name", lookDomain}, {"dns.answers.data", lookAnswers}, {"dns.resolved_ip", lookAnswers},
		{"tls.client.server_name", lookDomain},
		{"url.full", lookURL}, {"url.domain", lookDomain},
	})
}

type namedField struct {
	name string
	look look
}

func known(fields []namedField) []typedField {
	var out []typedField
	for _, f := range fields {
		if info, ok := event.FieldByName(f.name); ok {
			out = append(out, typedField{info.ID, f.look})
		}
	}
	return out
}

// dataNames says what is looked up of the values of foreign records: by the
// last part of their name in lower case, or by the last two.
func dataNames() map[string]look {
	m := map[string]look{
		"md5": lookMD5, "sha1": lookSHA1, "sha256": lookSHA256, "imphash": lookImphash, "tlsh": lookTLSH,
		"question.name": lookDomain, "url.full": lookURL, "url.original": lookURL, "url.domain": lookDomain,
		"answers.data": lookAnswers, "queryresults": lookAnswers, "resolved_ip": lookAnswers,
	}
	for l, names := range map[look][]string{
		lookHashes: {"hash", "hashes", "imagehashes", "sourcehashes", "targethashes", "parenthashes", "filehash", "file_hash", "sha256hash", "sha1hash", "md5hash"},
		lookAddress: {"ip", "destinationip", "sourceip", "destip", "srcip", "dstip", "src_ip", "dest_ip", "dst_ip", "ipaddress", "ip_address",
			"destaddress", "sourceaddress", "clientaddress", "clientip", "client_ip", "remoteaddress", "remoteip", "remote_ip", "remotehost", "addr", "callingstationid", "id.resp_h", "id.orig_h"},
		lookDomain: {"queryname", "query", "domainname", "destinationhostname", "sourcehostname", "dnsname", "dns_query", "server_name", "servername", "cs-host", "c-dns"},
		lookURL:    {"url", "uri", "requesturl", "request_url", "c-uri", "remotename"},
		lookPath: {"image", "parentimage", "targetimage", "sourceimage", "imageloaded", "imagepath", "targetfilename", "filename", "filepath", "file_path", "path",
			"newprocessname", "processname", "parentprocessname", "application", "exe", "executable", "servicefilename", "relativetargetname"},
		lookText: {"commandline", "parentcommandline", "command_line", "processcommandline", "cmdline", "proctitle", "scriptblocktext", "payload", "contextinfo", "hostapplication", "details", "command", "message"},
	} {
		for _, n := range names {
			m[n] = l
		}
	}
	return m
}

// maxName bounds the part of a name that is looked at, bytes.
const maxName = 48

// lookOf returns what is looked up of a value of a foreign record.
func (d *Database) lookOf(name string) look {
	var stack [maxName]byte
	low := stack[:0]
	dots, cut := 0, 0 // where the last part begins in low
	from := len(name)
	for from > 0 && dots < 2 && len(name)-from < maxName {
		from--
		if name[from] == '.' {
			if dots++; dots == 2 {
				from++
				break
			}
			cut = from + 1
		}
	}
	for i := from; i < len(name); i++ {
		low = append(low, lower(name[i]))
	}
	if dots > 0 {
		if l, ok := d.names[string(low)]; ok {
			return l
		}
		low = low[cut-from:]
	}
	return d.names[string(low)]
}

// wanted reports whether there is an indicator of one of the types.
func (d *Database) wanted(ts ...Type) bool {
	return slices.ContainsFunc(ts, func(t Type) bool { return d.foot.Counts[t] > 0 })
}
