$ErrorActionPreference = 'Stop'
[Console]::OutputEncoding = New-Object System.Text.UTF8Encoding $false
$session = New-Object -ComObject Microsoft.Update.Session
$session.ClientApplicationID = 'Bailiwick'
$found = $session.CreateUpdateSearcher().Search("IsInstalled=0 and IsHidden=0 and Type='Software'")
$updates = @(foreach ($update in $found.Updates) {
    [ordered]@{
        id         = [string]$update.Identity.UpdateID
        title      = [string]$update.Title
        severity   = [string]$update.MsrcSeverity
        kb         = @($update.KBArticleIDs | ForEach-Object { [string]$_ })
        bulletins  = @($update.SecurityBulletinIDs | ForEach-Object { [string]$_ })
        categories = @($update.Categories | ForEach-Object { [string]$_.CategoryID })
    }
})
$system = New-Object -ComObject Microsoft.Update.SystemInfo
$answer = [ordered]@{
    updates         = $updates
    reboot_required = [bool]$system.RebootRequired
}
ConvertTo-Json -InputObject $answer -Depth 4 -Compress
