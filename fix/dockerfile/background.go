package dockerfile

import (
	"path"
	"slices"
	"strings"
)

// controllers are programs that start services where one of their words says so.
var controllers = strings.Fields("service rc-service invoke-rc.d systemctl initctl apachectl apache2ctl pg_ctl pg_ctlcluster supervisorctl rabbitmqctl catalina.sh pm2 forever start-stop-daemon svc runsvdir")

// daemons are programs that go on running behind the command that starts them, agents of gpg and ssh among them.
var daemons = strings.Fields("mysqld mysqld_safe mariadbd mariadbd-safe redis-server mongod postgres dockerd containerd supervisord nginx httpd apache2 sshd cron crond rsyslogd syslogd memcached rabbitmq-server slapd named dnsmasq dbus-daemon Xvfb daemonize daemon nohup setsid screen tmux gpg gpg2 gpg-agent ssh-agent gpgconf dirmngr sccache emacs bazel buck adb tor privoxy")

// detaching are options with which programs put themselves in the background.
var detaching = []string{"--daemon", "--daemonize", "-daemon", "--detach", "--background", "--fork", "--start"}

// staysBehind reports whether a command starts something that runs until the end of its RUN.
func (c *shellCommand) staysBehind() bool {
	if slices.Contains(daemons, c.name()) || slices.ContainsFunc(c.Via, func(v string) bool { return slices.Contains(daemons, v) }) {
		return true
	}
	control := slices.Contains(controllers, c.name()) || len(c.Words) > 0 && path.Base(path.Dir(c.Words[0].Text)) == "init.d"
	return c.has(detaching...) || control && slices.ContainsFunc(c.Words[1:], func(w shellWord) bool {
		return !w.Plain || slices.Contains([]string{"start", "restart", "reload", "up"}, strings.TrimLeft(w.Text, "-"))
	})
}
