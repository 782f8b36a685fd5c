$ErrorActionPreference = 'Stop'
[Console]::OutputEncoding = New-Object System.Text.UTF8Encoding $false
$wanted = @($env:BAILIWICK_UPDATE_IDS -split ',')
$session = New-Object -ComObject Microsoft.Update.Session
$session.ClientApplicationID = 'Bailiwick'
$found = $session.CreateUpdateSearcher().Search("IsInstalled=0 and IsHidden=0 and Type='Software'")
$chosen = New-Object -ComObject Microsoft.Update.UpdateColl
foreach ($update in $found.Updates) {
    if ($wanted -contains $update.Identity.UpdateID) {
        if (-not $update.EulaAccepted) { $update.AcceptEula() }
        [void]$chosen.Add($update)
    }
}
if ($chosen.Count -eq 0) {
    Write-Output 'there is nothing to install'
    exit 0
}
$downloader = $session.CreateUpdateDownloader()
$downloader.Updates = $chosen
[void]$downloader.Download()
$installer = $session.CreateUpdateInstaller()
$installer.Updates = $chosen
$result = $installer.Install()
$failed = 0
for ($n = 0; $n -lt $chosen.Count; $n++) {
    $one = $result.GetUpdateResult($n)
    # 2 is success, 3 success with errors.
    $state = if ($one.ResultCode -eq 2) { 'installed' } elseif ($one.ResultCode -eq 3) { 'installed with errors' } else { $failed++; 'failed' }
    Write-Output ('{0}: {1} (0x{2:X8})' -f $state, $chosen.Item($n).Title, $one.HResult)
}
if ($failed -gt 0) { exit 1 }
exit 0
