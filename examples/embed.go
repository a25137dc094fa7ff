// Package examples holds a repository of plans to copy, and the workloads that
// they upgrade. Programs that show patchwave read them from here.
package examples

import "embed"

// Files are the folders plans and workloads.
//
//go:embed plans workloads
var Files embed.FS
