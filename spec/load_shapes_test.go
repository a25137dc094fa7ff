package spec

import (
	"fmt"
	"strings"
)

// spoiledShapes are plans that are wrong as a whole: in what they are, whom they
// mean, how they are written, or in asking for what is not there yet.
var spoiledShapes = []row{
	{
		"wrong kind", "kind: UpgradePlan", "kind: UpgradePlans",
		`plans.yaml:3:7: kind: "UpgradePlans" is not UpgradePlan; a folder of plans holds nothing else`,
	},
	{
		"a Deployment", "apiVersion: patchwave.dev/v1alpha1\nkind: UpgradePlan", "apiVersion: apps/v1\nkind: Deployment",
		`plans.yaml:3:7: kind: "Deployment" is not UpgradePlan; a folder of plans holds nothing else`,
	},
	{
		"a List", "apiVersion: patchwave.dev/v1alpha1\nkind: UpgradePlan", "apiVersion: v1\nkind: List",
		`plans.yaml:3:7: kind: "List" is not UpgradePlan; write the items as documents of their own, with a line of --- between them`,
	},
	{
		"wrong apiVersion", "v1alpha1", "v1beta1",
		`plans.yaml:2:13: apiVersion: "patchwave.dev/v1beta1" is not patchwave.dev/v1alpha1, the one version that is read`,
	},
	{
		"no apiVersion", "apiVersion: patchwave.dev/v1alpha1\n", "",
		`plans.yaml:2:1: missing field "apiVersion"`,
	},
	{
		"name with capitals", "name: lobby\n  namespace", "name: Lobby\n  namespace",
		`plans.yaml:5:9: metadata.name: "Lobby" has capital letters; write a DNS name: lower-case letters, digits, "-" and ".", with a letter or digit at both ends of each part`,
	},
	{
		"name with an underscore", "name: lobby\n  namespace", "name: the_lobby\n  namespace",
		`plans.yaml:5:9: metadata.name: "the_lobby" is not a DNS name: lower-case letters, digits, "-" and ".", with a letter or digit at both ends of each part`,
	},
	{
		"name of 300 characters", "name: lobby\n  namespace", "name: " + strings.Repeat("a", 300) + "\n  namespace",
		`plans.yaml:5:9: metadata.name: has 300 characters, but 253 are the most`,
	},
	{
		"labels without matchLabels", "    name: lobby\n  images", "    selector: {app: lobby, tier: 1}\n  images",
		`plans.yaml:10:15: spec.target.selector: labels stand in matchLabels; write selector: {matchLabels: {app: lobby, tier: "1"}}`,
	},
	{
		"labels beside matchLabels", "    name: lobby\n  images", "    selector: {app: lobby, matchLabels: {tier: web}}\n  images",
		`plans.yaml:10:15: spec.target.selector: labels stand in matchLabels; write selector: {matchLabels: {app: lobby, tier: web}}`,
	},
	{
		"a selector misspelt", "    name: lobby\n  images", "    selector: {matchLables: {app: lobby}}\n  images",
		`plans.yaml:10:16: spec.target.selector: unknown field "matchLables" (did you mean "matchLabels"?)`,
	},
	{
		"a mode for a mapping", "  minReady", "  drift: Off\n  minReady",
		`plans.yaml:21:10: spec.drift: "Off" is text, but a mapping of fields is wanted; write drift: {mode: Off}`,
	},
	{
		"a mode for a mapping, in other letters", "  minReady", "  drift: report\n  minReady",
		`plans.yaml:21:10: spec.drift: "report" is text, but a mapping of fields is wanted; write drift: {mode: Report}`,
	},
	{
		"suspended without a reason", "  minReady", "  suspend: true\n  minReady",
		`plans.yaml:21:12: spec.suspend: true is a boolean, but a mapping of fields is wanted, such as {reason: INC-231, until: "2026-12-01T08:00:00Z"}`,
	},
	{
		"a policy for an order", "  minReady", "  order: Spread\n  minReady",
		`plans.yaml:21:10: spec.order: "Spread" is text, but a mapping of fields is wanted; write order: {policy: Spread, topologyKey: topology.kubernetes.io/zone}`,
	},
	{
		"approval as a boolean", "pods: 1, soak: 10m", "pods: 1, approval: true",
		`plans.yaml:16:27: spec.waves[0].approval: "true" is not allowed; write Required, the only value`,
	},
	{
		"approval as a word", "pods: 1, soak: 10m", "pods: 1, approval: yes",
		`plans.yaml:16:27: spec.waves[0].approval: "yes" is not allowed; write Required, the only value`,
	},
	{
		"waves as a number", "  waves:\n    - {pods: 1, soak: 10m}\n    - pods: 25%\n    - pods: 100%", "  waves: 3",
		`plans.yaml:15:10: spec.waves: 3 is a number, but a list is wanted, such as [{pods: 1, soak: "10m"}, {pods: "100%"}]`,
	},
	{
		"half of a field's name", "gracePeriodSeconds: 30", "gracePeriod: 30",
		`plans.yaml:20:3: spec: unknown field "gracePeriod" (did you mean "gracePeriodSeconds"?)`,
	},
	{
		"half of a field's name, and a duration", "gracePeriodSeconds: 30", "gracePeriod: 1m30s",
		`plans.yaml:20:3: spec: unknown field "gracePeriod" (did you mean "gracePeriodSeconds: 90"?)`,
	},
	{
		"half of several fields' names", "gracePeriodSeconds: 30", "fail: 3",
		`plans.yaml:20:3: spec: unknown field "fail"`,
	},
	{
		"half of a field's name that is there", "gracePeriodSeconds: 30", "gracePeriodSeconds: 30\n  gracePeriod: 30",
		`plans.yaml:21:3: spec: unknown field "gracePeriod"`,
	},
	{
		"half of a field's name, and half a second", "gracePeriodSeconds: 30", "gracePeriod: 500ms",
		`plans.yaml:20:3: spec: unknown field "gracePeriod"`,
	},
	{
		"another name for a field", "{container: relay", "{name: relay",
		`plans.yaml:14:7: spec.images[1]: missing field "container"
plans.yaml:14:8: spec.images[1]: unknown field "name" (did you mean "container"?)`,
	},
	{
		"a template of Helm's", "\"relay:2\"", "{{ .Values.image }}",
		`plans.yaml:14:33: spec.images[1].image: {{ is no value; templates are not rendered, write out what this one stands for`,
	},
	{
		"a template of Helm's in quotes", "\"relay:2\"", "\"{{ .Values.image }}\"",
		`plans.yaml:14:33: spec.images[1].image: "{{ .Values.image }}" is no value; templates are not rendered, write out what this one stands for`,
	},
	{
		"a line of Helm's", "  waves:", "{{- if .Values.waves }}\n  waves:",
		`plans.yaml:15:1: YAML syntax; templates are not rendered, write out what this one stands for`,
	},
	{
		"a template in the middle", "lobby:1.8.1", "lobby:{{ .Values.tag }}",
		`plans.yaml:13:14: spec.images[0].image: "registry.example.com/games/lobby:{{ .Values.tag }}" is no value; templates are not rendered, write out what this one stands for`,
	},
	{
		"a variable of a pipeline's", "gracePeriodSeconds: 30", "gracePeriodSeconds: ${GRACE}",
		`plans.yaml:20:23: spec.gracePeriodSeconds: "${GRACE}" is text, but a whole number is wanted; templates are not rendered, write out what this one stands for`,
	},
	{
		"cron of other crons, and beyond its fields", "  minReady", "  windows:\n" +
			"    - {start: \"0 2 * * 5-7\", duration: 1m}\n    - {start: \"0 2 * * 5-0\", duration: 1m}\n    - {start: \"0 2 * * FRI-SUN\", duration: 1m}\n" +
			"    - {start: \"0 22-2 * * *\", duration: 1m}\n    - {start: \"0 2 * */0 *\", duration: 1m}\n    - {start: \"*/90 * * * *\", duration: 1m}\n" +
			"    - {start: \"0 2 */2 * 1\", duration: 1m}\n    - {start: \"5/15 * * * *\", duration: 1m}\n    - {start: \"*,5 2 * * *\", duration: 1m}\n" +
			"    - {start: \"0 ? 1 * *\", duration: 1m}\n    - {start: \"0 2 32 * *\", duration: 1m}\n    - {start: \"0 2 1 * */2\", duration: 1m}\n  minReady",
		`plans.yaml:22:15: spec.windows[0].start: "0 2 * * 5-7" is not a cron expression: 5-7 counts Sunday as 7, which is 0 here; write "0 2 * * 5-6,0"
plans.yaml:23:15: spec.windows[1].start: "0 2 * * 5-0" is not a cron expression: 5-0 goes over the end of the days of the week; write "0 2 * * 5-6,0"
plans.yaml:24:15: spec.windows[2].start: "0 2 * * FRI-SUN" is not a cron expression: FRI-SUN goes over the end of the days of the week; write "0 2 * * 5-6,0"
plans.yaml:25:15: spec.windows[3].start: "0 22-2 * * *" is not a cron expression: 22-2 goes over the end of the hours; write "0 22-23,0-2 * * *"
plans.yaml:26:15: spec.windows[4].start: "0 2 * */0 *" is not a cron expression: */0 has a step of 0
plans.yaml:27:15: spec.windows[5].start: "*/90 * * * *" is ambiguous: the step of */90 leads past the last of the minutes, so that it names 0 alone; write "0 * * * *"
plans.yaml:28:15: spec.windows[6].start: "0 2 */2 * 1" is ambiguous: */2 beside days of the week means a day of either here, and of both to other crons; write "0 2 1-31/2 * 1"
plans.yaml:29:15: spec.windows[7].start: "5/15 * * * *" is ambiguous: 5/15 is 5 alone to other crons; write "5-59/15 * * * *"
plans.yaml:30:15: spec.windows[8].start: "*,5 2 * * *" is ambiguous: * names all minutes, whatever stands beside it; write "* 2 * * *"
plans.yaml:31:15: spec.windows[9].start: "0 ? 1 * *" is ambiguous: ? has a question mark, which other crons know in fields of days alone; write "0 * 1 * *"
plans.yaml:32:15: spec.windows[10].start: "0 2 32 * *" is not a cron expression: 32 is not one of the days of the month, 1 to 31
plans.yaml:33:15: spec.windows[11].start: "0 2 1 * */2" is ambiguous: */2 beside days of the month means a day of either here, and of both to other crons; write "0 2 1 * 0-6/2"`,
	},
	{
		"a label's key that kubectl reads otherwise", "    name: lobby\n  images", "    selector: {matchLabels: {on: lobby}}\n  images",
		`plans.yaml:10:30: spec.target.selector.matchLabels: key on is read as true by some programs; write "on"`,
	},
	{
		"more images than a pod has containers", "  waves:", strings.Repeat("    - {container: a, image: a}\n", 49) + "  waves:",
		"plans.yaml:12:5: spec.images: has more than 50 items" + takenFortyEightTimes(),
	},
	{
		"a key without its colon", "  maxUnavailable: 25%", "  maxUnavailable\n  drift:\n    mode: Off",
		`plans.yaml:19:3: YAML syntax: a ":" is missing after a key`,
	},
	{
		"a character that begins nothing", "kind: Deployment", "kind: @Deployment",
		`plans.yaml:9:5: YAML syntax: a character that no value can begin with; put the text in quotes`,
	},
	{
		"dotted namespace", "namespace: games", "namespace: games.eu",
		`plans.yaml:6:14: metadata.namespace: "games.eu" is not a DNS label: at most 63 lower-case letters, digits and "-", with a letter or digit at both ends`,
	},
	{
		"name and selector", "    name: lobby\n  images", "    name: lobby\n    selector: {matchLabels: {app: lobby}}\n  images",
		`plans.yaml:9:5: spec.target: has both name and selector; keep one of them`,
	},
	{
		"neither name nor selector", "    name: lobby\n  images", "  images",
		`plans.yaml:9:5: spec.target: has neither name nor selector; give one of them`,
	},
	{
		"empty selector", "    name: lobby\n  images", "    selector: {}\n  images",
		`plans.yaml:10:15: spec.target.selector: is empty and would match everything; name a label`,
	},
	{
		"selector of empty parts", "    name: lobby\n  images", "    selector: {matchLabels: {}, matchExpressions: []}\n  images",
		`plans.yaml:10:15: spec.target.selector: is empty and would match everything; name a label`,
	},
	{
		"label key", "    name: lobby\n  images", "    selector: {matchLabels: {app/of/us: lobby}}\n  images",
		`plans.yaml:10:30: spec.target.selector.matchLabels["app/of/us"]: "app/of/us" is not a label's key, such as "app" or "example.com/tier"`,
	},
	{
		"label value", "    name: lobby\n  images", "    selector: {matchLabels: {example.com/app: our lobby}}\n  images",
		`plans.yaml:10:47: spec.target.selector.matchLabels["example.com/app"]: "our lobby" is not a label's value: letters, digits, "-", "_" and ".", with a letter or digit at both ends`,
	},
	{
		"expression without values", "    name: lobby\n  images", "    selector: {matchExpressions: [{key: app, operator: In}]}\n  images",
		`plans.yaml:10:35: spec.target.selector.matchExpressions[0]: In needs values to compare with`,
	},
	{
		"expression with needless values", "    name: lobby\n  images", "    selector: {matchExpressions: [{key: app, operator: Exists, values: [a]}]}\n  images",
		`plans.yaml:10:72: spec.target.selector.matchExpressions[0].values: Exists takes no values`,
	},
	{
		"operator", "    name: lobby\n  images", "    selector: {matchExpressions: [{key: app, operator: in, values: [a]}]}\n  images",
		`plans.yaml:10:56: spec.target.selector.matchExpressions[0].operator: "in" is not one of In, NotIn, Exists, DoesNotExist (did you mean "In"?)`,
	},
	{
		"unknown target kind", "kind: Deployment", "kind: CronJob",
		`plans.yaml:9:11: spec.target.kind: "CronJob" is not one of Deployment, StatefulSet, DaemonSet, ReplicaSet, Pod`,
	},
	{
		"onFailure misspelt", "  minReadySeconds", "  onFailure: Hallt\n  minReadySeconds",
		`plans.yaml:21:14: spec.onFailure: "Hallt" is not one of Halt, RollBack (did you mean "Halt"?)`,
	},
	{
		"alias", "relay:2\"", "relay:2\", x: *who",
		`plans.yaml:14:5: YAML syntax: aliases are not read; write the value out`,
	},
	{
		"anchor and alias", "    - {pods: 1, soak: 10m}\n    - pods: 25%", "    - &one {pods: 1, soak: 10m}\n    - *one",
		`plans.yaml:16:7: spec.waves[0]: anchors are not read; take &one away and write out what refers to it
plans.yaml:17:7: spec.waves[1]: aliases are not read; write out what *one stands for`,
	},
	{
		"merge key", "    - pods: 25%", "    - <<: {pods: 25%}",
		`plans.yaml:17:7: spec.waves[1]: merge keys are not read; write out what << brings in
plans.yaml:17:7: spec.waves[1]: missing field "pods"`,
	},
	{
		"key that is a number", "    - pods: 25%", "    - pods: 25%\n      7: days",
		`plans.yaml:18:7: spec.waves[1]: unknown field "7"`,
	},
	{
		"key that is a list", "    - pods: 25%", "    - pods: 25%\n      [a, b]: days",
		`plans.yaml:18:7: spec.waves[1]: a key must be text, not a list or a mapping`,
	},
	{
		"tag", "gracePeriodSeconds: 30", "gracePeriodSeconds: !!int \"30\"",
		`plans.yaml:20:23: spec.gracePeriodSeconds: tags are not read; take !!int away`,
	},
	{
		"tab", "    kind: Deployment", "\tkind: Deployment",
		`plans.yaml:9:1: the indentation has a tab; YAML takes spaces only`,
	},
	{
		"unclosed quotes", "\"relay:2\"", "\"relay:2",
		`plans.yaml:14:5: YAML syntax: the document ends inside quotes or brackets`,
	},
	{
		"colon in plain text", "kind: Deployment", "kind: Deployment: really",
		`plans.yaml:9:5: YAML syntax: a ":" where none may be; put the text in quotes, or look at the indentation`,
	},
	{
		"outdented", "      image: registry", "     image: registry",
		`plans.yaml:13:6: YAML syntax: a "-" is expected here; look at the indentation`,
	},
	{
		"invalid UTF-8", "# The lobby.", "# The l\xffbby.",
		`plans.yaml:1:8: the file is not UTF-8 text here`,
	},
	{
		"invisible character", "# The lobby.", "# The\u2028lobby.",
		`plans.yaml:1:6: the file holds the invisible character U+2028; take it out`,
	},
	{
		"deep nesting", "maxUnavailable: 25%", "maxUnavailable: " + strings.Repeat("[", 40) + strings.Repeat("]", 40),
		`plans.yaml:19:19: spec.maxUnavailable: is a list, but a number of pods, or a percentage of the matched pods from 1% to 100% is wanted
plans.yaml:19:50: spec.maxUnavailable[0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0]: nested deeper than 32 levels`,
	},
	{
		"hooks", "  minReady", "  hooks: {afterWave: [{name: errors, http: {url: \"https://hooks.example.com/\"}}]}\n  minReady",
		`plans.yaml:21:3: spec.hooks is not supported yet by this version of patchwave; remove it`,
	},
	{
		"windows", "  minReady", "  windows: [{start: \"0 2 * * 1-5\", duration: 3h, timeZone: Europe/Paris}, {start: \"0 0 * * *\", duration: 24h}]\n  minReady",
		"",
	},
	{
		"a window that never opens", "  minReady", "  windows:\n    - start: \"0 0 30 2 *\"\n      duration: 1h\n  minReady",
		`plans.yaml:22:14: spec.windows[0].start: "0 0 30 2 *" names a day that no year has`,
	},
	{
		"a window longer than its period", "  minReady", "  windows:\n    - {start: \"0 2 * * *\", duration: 1h}\n    - {start: \"0 */6 * * *\", duration: 7h}\n  minReady",
		`plans.yaml:23:40: spec.windows[1].duration: 7h is longer than the 6h0m0s between two starts of "0 */6 * * *"`,
	},
	{
		"a window in no time zone, of no time", "  minReady", "  windows: [{start: \"0 2 * * *\", duration: 0s, timeZone: Europe/Pariss}]\n  minReady",
		`plans.yaml:21:44: spec.windows[0].duration: 0s is no time at all
plans.yaml:21:58: spec.windows[0].timeZone: "Europe/Pariss" is no time zone that is known; write an IANA name such as Europe/Paris`,
	},
	{
		"a window that is too long to count, and cron that is none", "  minReady", "  windows: [{start: \"0 24 * * *\", duration: 9999999999h, timeZone: Local}]\n  minReady",
		`plans.yaml:21:21: spec.windows[0].start: "0 24 * * *" is not a cron expression: 24 is not one of the hours, 0 to 23
plans.yaml:21:45: spec.windows[0].duration: "9999999999h" cannot be counted with; 290 years are the most
plans.yaml:21:68: spec.windows[0].timeZone: "Local" is no time zone that is known; write an IANA name such as Europe/Paris`,
	},
	{
		"durations that are none, once each", "  minReady", "  windows:\n" +
			"    - {start: \"0 2 * * *\", duration: 1d}\n    - {start: \"0 2 * * *\", duration: 1e3h}\n    - {start: \"0 2 * * *\", duration: -1h}\n" +
			"    - {start: \"0 2 * * *\", duration: 30s}\n    - {start: \"0 2 * * *\", duration: 60s}\n  minReady",
		`plans.yaml:22:38: spec.windows[0].duration: "1d" has days, which are 24h each; write 24h
plans.yaml:23:38: spec.windows[1].duration: "1e3h" is not a duration such as "90s", "10m" or "1h30m"
plans.yaml:24:38: spec.windows[2].duration: "-1h" is negative; write a duration such as "90s", "10m" or "1h30m"
plans.yaml:25:38: spec.windows[3].duration: 30s is less than a minute`,
	},
	{
		"starts that other crons know", "  minReady", "  windows:\n" +
			"    - {start: \"0 2 * * 7\", duration: 1h}\n    - {start: \"0 2 L * *\", duration: 1h}\n    - {start: \"0,,5 2 * * *\", duration: 1m}\n" +
			"    - {start: \"0 -2 * * *\", duration: 1h}\n  minReady",
		`plans.yaml:22:15: spec.windows[0].start: "0 2 * * 7" is not a cron expression: 7 counts Sunday as 7, which is 0 here; write "0 2 * * 0"
plans.yaml:23:15: spec.windows[1].start: "0 2 L * *" is not a cron expression: "L" is no number, range such as 1-5, step such as */15, or name such as mon in its place
plans.yaml:24:15: spec.windows[2].start: "0,,5 2 * * *" is not a cron expression: a place is empty in the minutes
plans.yaml:25:15: spec.windows[3].start: "0 -2 * * *" is not a cron expression: "-2" is no number, range such as 1-5, step such as */15, or name such as mon in its place`,
	},
	{
		"time zones of some machine", "  minReady", "  windows: [{start: \"0 2 * * *\", duration: 1h, timeZone: localtime}, {start: \"0 2 * * *\", duration: 1h, timeZone: right/Europe/Paris}]\n  minReady",
		`plans.yaml:21:58: spec.windows[0].timeZone: "localtime" is no time zone that is known; write an IANA name such as Europe/Paris
plans.yaml:21:115: spec.windows[1].timeZone: "right/Europe/Paris" is no time zone that is known; write an IANA name such as Europe/Paris`,
	},
	{
		"freezes in the year 1", "  minReady", "  freezes: [{from: 0001-01-01T00:00:00Z, to: 0001-01-01T00:00:00Z}, {from: 2026-12-20T00:00:00Z, to: 0001-01-01T00:00:00Z}]\n  minReady",
		`plans.yaml:21:46: spec.freezes[0].to: is not after from, 0001-01-01T00:00:00Z; the freeze would never stand
plans.yaml:21:102: spec.freezes[1].to: is not after from, 2026-12-20T00:00:00Z; the freeze would never stand`,
	},
	{
		"a schedule that is none", "  minReady", "  drift: {mode: Correct, schedule: \"61 * * * *\"}\n  minReady",
		`plans.yaml:21:36: spec.drift.schedule: "61 * * * *" is not a cron expression: 61 is not one of the minutes, 0 to 59`,
	},
	{
		"freezes with unquoted dates", "  minReady", "  freezes:\n    - {from: 2026-12-20T00:00:00Z, to: 2027-01-04T00:00:00+01:00, reason: year end}\n  minReady",
		"",
	},
	{
		"freezes with a day only", "  minReady", "  freezes: [{from: 2026-12-20, to: 2027-01-04T00:00:00Z}]\n  minReady",
		`plans.yaml:21:20: spec.freezes[0].from: "2026-12-20" is not a date and time with its zone, such as "2026-12-20T00:00:00Z"`,
	},
	{
		"a freeze that ends before it begins", "  minReady", "  freezes:\n    - from: 2026-12-20T00:00:00Z\n      to: 2026-12-20T00:00:00+01:00\n  minReady",
		`plans.yaml:23:11: spec.freezes[0].to: is not after from, 2026-12-20T00:00:00Z; the freeze would never stand`,
	},
	{
		"a freeze of no time, and one of no day", "  minReady", "  freezes: [{from: 2026-12-20T00:00:00Z, to: 2026-12-20T00:00:00Z}, {from: 2026-02-29T00:00:00Z, to: 2027-01-04T00:00:00Z}]\n  minReady",
		`plans.yaml:21:46: spec.freezes[0].to: is not after from, 2026-12-20T00:00:00Z; the freeze would never stand
plans.yaml:21:76: spec.freezes[1].from: "2026-02-29T00:00:00Z" is no moment in time`,
	},
	{
		"suspended until a day that is none", "  minReady", "  suspend: {reason: INC-231, until: 2026-02-30T08:00:00Z}\n  minReady",
		`plans.yaml:21:37: spec.suspend.until: "2026-02-30T08:00:00Z" is no moment in time`,
	},
	{
		"drift", "  minReady", "  drift: {mode: Report, schedule: \"*/15 * * * *\"}\n  minReady",
		"",
	},
	{
		"a schedule that never comes", "  minReady", "  drift: {schedule: \"0 0 30 2 *\"}\n  minReady",
		`plans.yaml:21:21: spec.drift.schedule: "0 0 30 2 *" names a day that no year has`,
	},
	{
		"dependsOn", "  minReady", "  dependsOn: [{name: lobby-canary}]\n  minReady",
		`plans.yaml:21:3: spec.dependsOn is not supported yet by this version of patchwave; remove it`,
	},
	{
		"what asks for nothing is no problem", "  minReady", "  windows: []\n  freezes: []\n  dependsOn: []\n  partition: 0\n  template: Leave\n  onFailure: Halt\n  minReady",
		"",
	},
	{
		"several problems at once", "kind: Deployment\n    name: lobby\n  images:", "kind: deployment\n    nmae: lobby\n  hooks: {}\n  images:",
		`plans.yaml:9:5: spec.target: has neither name nor selector; give one of them
plans.yaml:9:11: spec.target.kind: "deployment" is not one of Deployment, StatefulSet, DaemonSet, ReplicaSet, Pod (did you mean "Deployment"?)
plans.yaml:10:5: spec.target: unknown field "nmae" (did you mean "name"?)
plans.yaml:11:3: spec.hooks is not supported yet by this version of patchwave; remove it`,
	},
}

// takenFortyEightTimes are the complaints of 48 containers of one name.
func takenFortyEightTimes() (lines string) {
	for i := range 48 {
		lines += fmt.Sprintf("\nplans.yaml:%d:19: spec.images[%d].container: \"a\" is taken already, by spec.images[2]", 16+i, 3+i)
	}
	return lines
}
